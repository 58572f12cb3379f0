/** What listeners to `stalled` are given. */
export interface StalledEvent {
  /** When that was seen. */
  readonly time: Date;
  /** For how long nothing has moved, in milliseconds. */
  readonly stalledMs: number;
  /** What each process waits for and what its channel says to that: a line for each. */
  readonly waits: readonly string[];
  /** What each channel is doing: a line for each. */
  readonly channels: readonly string[];
}
