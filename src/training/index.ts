/**
 * Runs training jobs on this machine, as SageMaker Training runs them: `/opt/ml`, channels, the algorithm, and what came
 * out of it.
 *
 * @packageDocumentation
 */
export { runTrainingJob, startTrainingJob } from './start-training-job.js';
export type { CommandOptions, CommonJobOptions, ImageOptions, TrainingJobOptions } from './options.js';
export type { JobChannelOptions, JobChannels } from './channels/job-channels.js';
export type { JobChannel } from './channels/job-channel.js';
export type { TrainingJob } from './training-job.js';
export type { TrainingJobEmitter, TrainingJobEvents } from './events.js';
export type { HostResult, TrainingJobResult, UploadedArtifacts } from './result.js';
export type { Artifacts } from './artifacts/artifacts.js';
export { TrainingJobError, type TrainingJobErrorDetails } from './training-job-error.js';
export type { Finding, FindingId } from '../findings/finding.js';
export type { StalledEvent } from './hang/stalled-event.js';
export type { LogEvent, LogStreamName } from '../logs/log-event.js';
export type { MetricEvent } from './metrics/metric-event.js';
export type { MetricSummary } from './metrics/metrics.js';
export type { SecondaryStatus, StatusEvent, TrainingJobStatus } from './status/job-status.js';
export type {
  FinalMetricData,
  ModelArtifacts,
  SecondaryStatusTransition,
  TrainingJobDescription,
} from './status/describe-job.js';
export type { ContainerOptions } from '../runner/container/options.js';
export type { Isolation } from '../runner/process-runner.js';
export type { ResolvedTrainingRequest, TrainingJobRequest } from '../sagemaker/training-request.js';
export type * from '../sagemaker/create-training-job.js';
export {
  PipeModeError,
  type PipeModeErrorCode,
  type PipeModeErrorDetails,
  type RequestProblem,
} from '../errors.js';
