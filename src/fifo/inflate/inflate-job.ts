import type { FileRange } from '../../body/body.js';

/** Objects that threads inflate and write by themselves. */
export interface InflateJob {
  /** The files of each object, which are gzip one after the other. */
  readonly objects: readonly (readonly FileRange[])[];
  readonly recordio: boolean;
  /** How much may be held in memory, in bytes; one block more for the object whose turn it is. */
  readonly memoryBytes: number;
  /** Told how many bytes an object has become, in order, when all of it has been written. */
  readonly onObject: (index: number, bytes: number) => void;
}

/** The object with which a run has failed. */
interface InflateFailure {
  readonly index: number;
  readonly error: Error;
}

/** `done`: the pipe has taken everything. `closed`: the reader has left, or it was cancelled. Or what failed. */
export type InflateEnd = 'done' | 'closed' | InflateFailure;

/** A run of objects that is under way. */
export interface Inflating {
  readonly outcome: Promise<InflateEnd>;
  /** Ends the run. The pipe is not touched any more once `outcome` has settled. */
  cancel(): void;
}
