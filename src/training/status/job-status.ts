/** The `TrainingJobStatus` of the service. */
export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

/** The `SecondaryStatus` of the service, as far as a job here has them. */
export type SecondaryStatus =
  | 'Starting'
  | 'DownloadingTrainingImage'
  | 'Downloading'
  | 'Training'
  | 'Uploading'
  | 'Stopping'
  | 'Stopped'
  | 'MaxRuntimeExceeded'
  | 'MaxWaitTimeExceeded'
  | 'Interrupted'
  | 'Completed'
  | 'Failed';

/** Which of the one each of the other belongs to. */
export const STATUS_OF: Readonly<Record<SecondaryStatus, TrainingJobStatus>> = {
  Starting: 'InProgress',
  DownloadingTrainingImage: 'InProgress',
  Downloading: 'InProgress',
  Training: 'InProgress',
  Uploading: 'InProgress',
  Stopping: 'Stopping',
  Stopped: 'Stopped',
  MaxRuntimeExceeded: 'Stopped',
  MaxWaitTimeExceeded: 'Stopped',
  Interrupted: 'InProgress',
  Completed: 'Completed',
  Failed: 'Failed',
};

/** A job has come to another status. */
export interface StatusEvent {
  /** The `TrainingJobStatus`. */
  readonly status: TrainingJobStatus;
  /** The `SecondaryStatus`. */
  readonly secondaryStatus: SecondaryStatus;
  /** When it did. */
  readonly time: Date;
  /** What it is doing, in words, as in `SecondaryStatusTransitions`. */
  readonly message: string;
}
