/**
 * How an epoch ended. `complete`: everything was written (a reader that left with the rest still in the pipe's
 * buffer cannot be told from one that read it). `closedEarly`: the reader closed the FIFO before, as it may.
 */
export type EpochOutcome = 'complete' | 'closedEarly';

/** A reader has opened an epoch's FIFO. */
export interface EpochStartEvent {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** The FIFO's path. */
  readonly path: string;
}

/** The pipe has taken the last byte of an object. */
export interface ObjectEvent {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** The object's key. */
  readonly key: string;
  /** How many bytes the object came to, after all transforms. */
  readonly bytes: number;
}

/** An epoch is over: its FIFO is closed and removed, and the next epoch's is there. */
export interface EpochEndEvent {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** The path that the FIFO had. */
  readonly path: string;
  /** How many bytes the pipe took. After an early close, some of them may not have been read. */
  readonly bytes: number;
  /** How many objects were written to their end. */
  readonly objects: number;
  /** The time from the reader's opening to the end, in milliseconds. */
  readonly durationMs: number;
  /** Whether the reader stayed to the end. */
  readonly outcome: EpochOutcome;
}
