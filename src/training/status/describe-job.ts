import type { Answered } from '../../sagemaker/answered.js';
import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';
import type { MetricSummary } from '../metrics/metrics.js';
import { trainingJobArn } from '../training-job-arn.js';
import type { SecondaryStatus, TrainingJobStatus } from './job-status.js';
import type { StatusRecord } from './status-record.js';

/**
 * A job in the shape of the answer of AWS's `DescribeTrainingJob`: the request's members, with their defaults, and what has
 * become of it. It is a `DescribeTrainingJobResponse` of AWS's own client.
 */
export interface TrainingJobDescription extends Answered<ResolvedTrainingRequest> {
  /** In the account of the request's role. */
  readonly TrainingJobArn: string;
  /** What it is doing, or how it has ended. */
  readonly TrainingJobStatus: TrainingJobStatus;
  /** The same in more detail. */
  readonly SecondaryStatus: SecondaryStatus;
  /** Of a job that has failed: the first 1,024 characters of the failure file, or what else it failed with. */
  readonly FailureReason?: string;
  /** Where its model went; `undefined` if it went nowhere. */
  readonly ModelArtifacts: ModelArtifacts | undefined;
  /** When it was asked for. */
  readonly CreationTime: Date;
  /** When its data began to be fetched, from which on `MaxRuntimeInSeconds` counts here. */
  readonly TrainingStartTime?: Date;
  /** When it has ended, if it had begun. */
  readonly TrainingEndTime?: Date;
  /** When it came to its status. */
  readonly LastModifiedTime: Date;
  /** Everything that it has done, in order. */
  readonly SecondaryStatusTransitions: SecondaryStatusTransition[];
  /** The last value of every metric that has one. */
  readonly FinalMetricDataList: FinalMetricData[];
  /** From its start to its end, or until now: rounded up. */
  readonly TrainingTimeInSeconds?: number;
}

/** As AWS's `ModelArtifacts`. */
export interface ModelArtifacts {
  /** An `s3://` URI, or a path of this machine. */
  readonly S3ModelArtifacts: string;
}

/** As AWS's `SecondaryStatusTransition`. */
export interface SecondaryStatusTransition {
  /** What it was doing. */
  readonly Status: SecondaryStatus;
  /** From when on. */
  readonly StartTime: Date;
  /** Until when: not there while it lasts. */
  readonly EndTime?: Date;
  /** The same in words. */
  readonly StatusMessage: string;
}

/** As AWS's `MetricData`. */
export interface FinalMetricData {
  /** The `Name` of its definition. */
  readonly MetricName: string;
  /** Its last value. */
  readonly Value: number;
  /** When that was written. */
  readonly Timestamp: Date;
}

/** What `describe()` answers. */
export function describeJob(
  request: ResolvedTrainingRequest,
  record: StatusRecord,
  failureReason: string | undefined,
  metrics: readonly MetricSummary[],
  model: string | undefined,
): TrainingJobDescription {
  const started = record.timeOf('Downloading');
  const last = record.transitions.at(-1)!.start;
  const ended = record.isOver && started !== undefined ? last : undefined;
  return {
    ...(request as Answered<ResolvedTrainingRequest>),
    TrainingJobArn: trainingJobArn(request),
    TrainingJobStatus: record.status,
    SecondaryStatus: record.secondary,
    ...(failureReason === undefined ? undefined : { FailureReason: failureReason }),
    ModelArtifacts: model === undefined ? undefined : { S3ModelArtifacts: model },
    CreationTime: record.created,
    ...(started === undefined ? undefined : { TrainingStartTime: started }),
    ...(ended === undefined ? undefined : { TrainingEndTime: ended }),
    LastModifiedTime: last,
    SecondaryStatusTransitions: record.transitions.map((each) => ({
      Status: each.secondaryStatus,
      StartTime: each.start,
      ...(each.end === undefined ? undefined : { EndTime: each.end }),
      StatusMessage: each.message,
    })),
    FinalMetricDataList: metrics.flatMap(({ last: value }) =>
      value === undefined ? [] : [{ MetricName: value.name, Value: value.value, Timestamp: value.time }],
    ),
    ...(started === undefined
      ? undefined
      : { TrainingTimeInSeconds: Math.ceil(((ended ?? new Date()).getTime() - started.getTime()) / 1000) }),
  };
}
