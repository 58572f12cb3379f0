/** The `TransformJobStatus` of the service. */
export type TransformJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

/** Which may follow which. */
const NEXT: Readonly<Record<TransformJobStatus, readonly TransformJobStatus[]>> = {
  InProgress: ['Completed', 'Failed', 'Stopping'],
  Stopping: ['Stopped', 'Failed'],
  Completed: [],
  Failed: [],
  Stopped: [],
};

/** What a job is doing, and since when. */
export class TransformJobRecord {
  readonly created = new Date();
  readonly #onChange: (status: TransformJobStatus, time: Date) => void;
  #status: TransformJobStatus = 'InProgress';
  #started: Date | undefined;
  #ended: Date | undefined;

  constructor(onChange: (status: TransformJobStatus, time: Date) => void) {
    this.#onChange = onChange;
  }

  get status(): TransformJobStatus {
    return this.#status;
  }

  /** When its servers were ready, and it began to ask them. */
  get started(): Date | undefined {
    return this.#started;
  }

  get ended(): Date | undefined {
    return this.#ended;
  }

  start(): void {
    this.#started = new Date();
  }

  move(to: TransformJobStatus): void {
    if (!NEXT[this.#status].includes(to))
      throw new Error(`A transform job cannot go from ${this.#status} to ${to}.`);
    const time = new Date();
    this.#status = to;
    if (NEXT[to].length === 0) this.#ended = time;
    this.#onChange(to, time);
  }
}
