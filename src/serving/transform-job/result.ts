import type { Finding } from '../../findings/finding.js';
import type { TransformProgress } from './events.js';
import type { ObjectFailure } from './object-failure.js';
import type { TransformJobStatus } from './transform-job-status.js';

/** How a transform job has ended. */
export interface TransformJobResult extends TransformProgress {
  /** `Completed`, or `Stopped`; of a job that has failed `Failed`. */
  readonly status: TransformJobStatus;
  /** Where the outputs are: the request's `S3OutputPath`, a path as an absolute one. */
  readonly output: string;
  /** Why objects have no outputs: the first hundred. */
  readonly failures: readonly ObjectFailure[];
  /** What SageMaker would not forgive its servers. Empty: nothing was seen. */
  readonly findings: readonly Finding[];
}
