// Compiled by `npm run typecheck`, and never run: what AWS's own client calls the request of a training job is one of ours,
// and what is ours is one of its.
import type {
  CreateTrainingJobRequest as Theirs,
  DescribeTrainingJobResponse,
} from '@aws-sdk/client-sagemaker';

import type { CreateTrainingJobRequest as Ours } from '../../src/sagemaker/create-training-job.js';
import type { AsText } from '../../src/sagemaker/location.js';
import type { ResolvedTrainingRequest, TrainingJobRequest } from '../../src/sagemaker/training-request.js';
import type { TrainingJobDescription } from '../../src/training/status/describe-job.js';

declare const theirs: Theirs;
/** As it is once it has been read: AWS's client takes no `URL`. */
declare const ours: AsText<Ours>;
declare const resolved: ResolvedTrainingRequest;

declare const described: TrainingJobDescription;

export const asAnswer: DescribeTrainingJobResponse = described;
export const asOurs: Ours = theirs;
export const asRequest: TrainingJobRequest = theirs;
export const again: TrainingJobRequest = resolved;

/**
 * Theirs has lists that can be changed, values that are these and no others, and since a later version of the API some
 * members more. Of those values a document that was parsed knows nothing: here any string is one.
 */
type Loose<T> = T extends string
  ? string
  : T extends readonly (infer Element)[]
    ? readonly Loose<Element>[]
    : T extends object
      ? { readonly [Member in keyof T]: Loose<T[Member]> }
      : T;
export const asTheirs: Loose<Theirs> = ours;

export const resolvedChannels: Loose<Theirs['InputDataConfig']> = resolved.InputDataConfig;

// What only the cloud needs may be left out, and nothing else that is required.
export const least: TrainingJobRequest = {};
export const pipe: TrainingJobRequest = { AlgorithmSpecification: { TrainingInputMode: 'Pipe' } };
export const parsed: TrainingJobRequest = { AlgorithmSpecification: { TrainingInputMode: 'Pipe' as string } };
// @ts-expect-error -- AWS needs a name
export const unnamed: Ours = {};
// @ts-expect-error -- a mode is needed
export const modeless: TrainingJobRequest = { AlgorithmSpecification: {} };
// @ts-expect-error -- misspelt
export const misspelt: TrainingJobRequest = { Hyperparameters: {} };
// @ts-expect-error -- hyperparameters are strings
export const numbers: TrainingJobRequest = { HyperParameters: { epochs: 3 } };
