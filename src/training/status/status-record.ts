import { type SecondaryStatus, STATUS_OF, type StatusEvent, type TrainingJobStatus } from './job-status.js';

/** Which secondary status may follow which. */
const NEXT: Readonly<Record<SecondaryStatus, readonly SecondaryStatus[]>> = {
  Starting: ['DownloadingTrainingImage', 'Downloading', 'Interrupted', 'Stopping', 'Failed'],
  DownloadingTrainingImage: ['Downloading', 'Interrupted', 'Stopping', 'Failed'],
  Downloading: ['Training', 'Interrupted', 'Stopping', 'Failed'],
  Training: ['Uploading', 'Interrupted', 'Stopping', 'Failed'],
  Interrupted: ['Starting', 'Stopping', 'Failed'],
  Uploading: ['Completed', 'Stopping', 'Failed'],
  Stopping: ['Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded', 'Failed'],
  Stopped: [],
  MaxRuntimeExceeded: [],
  MaxWaitTimeExceeded: [],
  Completed: [],
  Failed: [],
};

/** A time that a job has spent in a secondary status. */
export interface Transition {
  readonly secondaryStatus: SecondaryStatus;
  readonly start: Date;
  /** `undefined` while it lasts. */
  readonly end: Date | undefined;
  readonly message: string;
}

/** What a job is doing, and what it has done before, and when. */
export class StatusRecord {
  readonly created = new Date();
  readonly #onChange: (event: StatusEvent) => void;
  #transitions: readonly Transition[];

  constructor(onChange: (event: StatusEvent) => void) {
    this.#onChange = onChange;
    const message = 'Preparing the directories and configuration files of the job';
    this.#transitions = [{ secondaryStatus: 'Starting', start: this.created, end: undefined, message }];
  }

  get secondary(): SecondaryStatus {
    return this.#transitions.at(-1)!.secondaryStatus;
  }

  get status(): TrainingJobStatus {
    return STATUS_OF[this.secondary];
  }

  get transitions(): readonly Transition[] {
    return this.#transitions;
  }

  /** When it came to a status first. */
  timeOf(secondary: SecondaryStatus): Date | undefined {
    return this.#transitions.find(({ secondaryStatus }) => secondaryStatus === secondary)?.start;
  }

  get isOver(): boolean {
    return NEXT[this.secondary].length === 0;
  }

  move(to: SecondaryStatus, message: string): void {
    const last = this.#transitions.at(-1)!;
    if (!NEXT[last.secondaryStatus].includes(to))
      throw new Error(`A training job cannot go from ${last.secondaryStatus} to ${to}.`);
    const time = new Date();
    const ended = NEXT[to].length === 0 ? time : undefined;
    this.#transitions = [
      ...this.#transitions.slice(0, -1),
      { ...last, end: time },
      { secondaryStatus: to, start: time, end: ended, message },
    ];
    this.#onChange({ status: STATUS_OF[to], secondaryStatus: to, time, message });
  }
}
