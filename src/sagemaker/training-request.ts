import type { ChannelDefinition, OneOf } from './channel-definition.js';
import type {
  AlgorithmSpecification,
  CreateTrainingJobRequest,
  ResourceConfig,
  StoppingCondition,
} from './create-training-job.js';
import type { AsText } from './location.js';

/** What AWS requires, and has a default here. */
type CloudOnly = 'TrainingJobName' | 'RoleArn' | 'OutputDataConfig';

/**
 * What to train, in the shape of AWS's `CreateTrainingJob`: the same document runs here and there. What only the cloud needs
 * may be left out, and wherever there is an `s3://` URI, a `file://` URL or a path may stand too.
 */
export interface TrainingJobRequest
  extends Omit<CreateTrainingJobRequest, CloudOnly>, Partial<Pick<CreateTrainingJobRequest, CloudOnly>> {}

/** A request in which everything is right: without `URL` objects, which are text now. */
export type RequestAsText = AsText<TrainingJobRequest>;

/** A request in which everything is right, and that has a value for whatever a job here needs. Paths are absolute. */
export interface ResolvedTrainingRequest extends Omit<CreateTrainingJobRequest, CloudOnly> {
  /** Default: `local-`, the time in UTC, and six random hexadecimal digits. */
  readonly TrainingJobName: string;
  /** Default: `arn:aws:iam::000000000000:role/local`, which nothing here asks for anything. */
  readonly RoleArn: string;
  /** Default: none, and what comes out stays where the job left it. */
  readonly OutputDataConfig?: CreateTrainingJobRequest['OutputDataConfig'];
  /** Default: Pipe mode, and no image. */
  readonly AlgorithmSpecification: Omit<AlgorithmSpecification, 'TrainingInputMode'> & {
    /** What channels have that do not say it themselves. */
    readonly TrainingInputMode: OneOf<'Pipe' | 'File' | 'FastFile'>;
  };
  /** Default: no channels. */
  readonly InputDataConfig: readonly AsText<ChannelDefinition>[];
  /** Default: none. */
  readonly HyperParameters: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly Environment: Readonly<Record<string, string>>;
  /** Default: one `ml.m5.large`, unless there are instance groups. */
  readonly ResourceConfig: ResourceConfig;
  /** Default: one day, as in the cloud. */
  readonly StoppingCondition: Omit<StoppingCondition, 'MaxRuntimeInSeconds'> & {
    /** 1 to 2,419,200, which is 28 days. */
    readonly MaxRuntimeInSeconds: number;
  };
}
