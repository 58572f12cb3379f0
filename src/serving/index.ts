/**
 * Serves models on this machine, as SageMaker's endpoints serve them, and transforms batches with them.
 *
 * @packageDocumentation
 */
export { createEndpoint, startEndpoint } from './start-endpoint.js';
export type {
  CommonEndpointOptions,
  EndpointOptions,
  ServerCommandOptions,
  ServerImageOptions,
} from './options.js';
export type { EndpointLimits } from './limits.js';
export type { Endpoint, EndpointStatus, InstanceDescription } from './endpoint.js';
export type { InstanceStatus } from './instance.js';
export type {
  EndpointEmitter,
  EndpointEvents,
  InstanceEndedEvent,
  InstanceFailedEvent,
  InstanceRestartedEvent,
  InstanceUnhealthyEvent,
} from './events.js';
export type { EndpointGateway } from './gateway/gateway.js';
export type { GatewayOptions } from './gateway/options.js';
export type {
  GatewayEmitter,
  GatewayEvents,
  GatewayInvocationEvent,
  GatewayStats,
} from './gateway/events.js';
export type { TimesSummary } from './gateway/recent-times.js';
export type { InvocationAnswer } from './invocation/answer.js';
export type { InvocationBody } from './invocation/payload.js';
export type { InvocationOptions } from './invocation/options.js';
export type { PingAnswer } from './ping.js';
export { EndpointError, type EndpointErrorDetails } from './endpoint-error.js';
export { ModelError, type ModelErrorDetails } from './model-error.js';
export type { Finding, FindingId } from '../findings/finding.js';
export { runTransformJob, startTransformJob } from './transform-job/start-transform-job.js';
export type {
  CommonTransformJobOptions,
  TransformImageOptions,
  TransformJobOptions,
  TransformLimits,
} from './transform-job/options.js';
export type { TransformJob } from './transform-job/transform-job.js';
export type { TransformJobDescription } from './transform-job/transform-job-description.js';
export type { TransformJobStatus } from './transform-job/transform-job-status.js';
export type { TransformJobResult } from './transform-job/result.js';
export type {
  ObjectTransformedEvent,
  TransformJobEmitter,
  TransformJobEvents,
  TransformProgress,
  TransformStatusEvent,
} from './transform-job/events.js';
export type { ObjectFailure } from './transform-job/object-failure.js';
export { TransformJobError, type TransformJobErrorDetails } from './transform-job/transform-job-error.js';
export type { LogEvent, LogStreamName } from '../logs/log-event.js';
export type { ContainerOptions } from '../runner/container/options.js';
export type { Isolation } from '../runner/process-runner.js';
export type { EndpointRequest, LocalModelDataSource, TrainedModel } from '../sagemaker/endpoint-request.js';
export type {
  LocalTransformInput,
  LocalTransformOutput,
  LocalTransformS3DataSource,
  ResolvedTransformRequest,
  TransformRequest,
} from '../sagemaker/transform-request.js';
export type * from '../sagemaker/create-endpoint.js';
export type * from '../sagemaker/create-transform-job.js';
export {
  PipeModeError,
  type PipeModeErrorCode,
  type PipeModeErrorDetails,
  type RequestProblem,
} from '../errors.js';
