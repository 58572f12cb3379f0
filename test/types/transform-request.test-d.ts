// Compiled by `npm run typecheck`, and never run: what AWS's own client calls the request of a transform job is one of ours,
// and what is ours is one of its.
import type {
  CreateTransformJobRequest as Theirs,
  DescribeTransformJobResponse,
} from '@aws-sdk/client-sagemaker';

import type { CreateTransformJobRequest as Ours } from '../../src/sagemaker/create-transform-job.js';
import type { ResolvedTransformRequest, TransformRequest } from '../../src/sagemaker/transform-request.js';
import type { TransformJobDescription } from '../../src/serving/transform-job/transform-job-description.js';

declare const theirs: Theirs;
declare const resolved: ResolvedTransformRequest;
declare const described: TransformJobDescription;

export const asAnswer: DescribeTransformJobResponse = described;
export const asOurs: Ours = theirs;
export const asRequest: TransformRequest = theirs;
export const again: TransformRequest = resolved;

// What only the cloud needs may be left out, and nothing else that is required.
const input = {
  DataSource: { S3DataSource: { S3Uri: new URL('file:///data') } },
  SplitType: 'Line' as string,
};
export const least: TransformRequest = { TransformInput: input, TransformOutput: { S3OutputPath: './out' } };
// @ts-expect-error -- AWS needs a name
export const unnamed: Ours = least;
// @ts-expect-error -- the answers have to go somewhere
export const nowhere: TransformRequest = { TransformInput: input };
// @ts-expect-error -- misspelt
export const misspelt: TransformRequest = { ...least, MaxPayloadInMb: 6 };
