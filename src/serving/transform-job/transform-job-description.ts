import type { Answered } from '../../sagemaker/answered.js';
import type { ResolvedTransformRequest } from '../../sagemaker/transform-request.js';
import type { ExecutionParameters } from './execution-parameters.js';
import { transformJobArn } from './transform-job-arn.js';
import type { TransformJobRecord, TransformJobStatus } from './transform-job-status.js';

/**
 * A job in the shape of the answer of AWS's `DescribeTransformJob`: the request's members, with their defaults, and what has
 * become of it. It is a `DescribeTransformJobResponse` of AWS's own client.
 */
export interface TransformJobDescription extends Answered<
  Omit<ResolvedTransformRequest, 'Tags' | keyof ExecutionParameters>
> {
  /** In no account: the request names none. */
  readonly TransformJobArn: string;
  /** What it is doing, or how it has ended. */
  readonly TransformJobStatus: TransformJobStatus;
  /** Of a job that has failed. */
  readonly FailureReason?: string;
  /** As the request says, or its servers do: known when these are ready. */
  readonly MaxConcurrentTransforms?: number | undefined;
  /** As the request says, or its servers do: known when these are ready. */
  readonly MaxPayloadInMB?: number | undefined;
  /** As the request says, or its servers do: known when these are ready. */
  readonly BatchStrategy?: ExecutionParameters['BatchStrategy'] | undefined;
  /** When it was asked for. */
  readonly CreationTime: Date;
  /** When its servers were ready. */
  readonly TransformStartTime?: Date;
  /** When it has ended. */
  readonly TransformEndTime?: Date;
}

/** What `describe()` answers. */
export function describeTransformJob(
  { Tags: _tags, ...request }: ResolvedTransformRequest,
  record: TransformJobRecord,
  parameters: ExecutionParameters | undefined,
  failureReason: string | undefined,
): TransformJobDescription {
  return {
    ...(request as Answered<typeof request>),
    ...parameters,
    TransformJobArn: transformJobArn(request.TransformJobName),
    TransformJobStatus: record.status,
    ...(failureReason === undefined ? undefined : { FailureReason: failureReason }),
    CreationTime: record.created,
    ...(record.started === undefined ? undefined : { TransformStartTime: record.started }),
    ...(record.ended === undefined ? undefined : { TransformEndTime: record.ended }),
  };
}
