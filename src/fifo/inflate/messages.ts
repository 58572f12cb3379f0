import type { PackedParts } from '../../body/packed-parts.js';
import type { SharedBlocks } from './block-pool.js';
import type { SerializedError } from '../../workers/serialize-error.js';

/** A run of objects that several threads inflate into one pipe. */
export interface InflateRun {
  /** The pipe's descriptor, which is non-blocking and stays the main thread's. */
  readonly fd: number;
  /** The files of all objects, one after the other, and how many each object consists of. */
  readonly parts: PackedParts;
  readonly partsOf: Uint32Array;
  /** Whether every object becomes a RecordIO record. */
  readonly recordio: boolean;
  /** Where files go that memory has no room for: the main thread's `os.tmpdir()`. */
  readonly tmpdir: string;
  /** Whose turn it is: see `Turns`. Shared. */
  readonly turns: Int32Array;
  readonly blocks: SharedBlocks;
  /** What one thread inflates and another one writes: see `Outbox`. Shared. */
  readonly outbox: Int32Array;
  /** How many bytes each object that was written has become. Shared. */
  readonly sizes: Float64Array;
  /** How many bytes the pipe has taken. Shared. */
  readonly taken: Float64Array;
}

/** What the main thread posts to each of the threads. */
export type InflateRequest =
  | { readonly op: 'run'; readonly id: number; readonly run: InflateRun }
  /** Answered like the end of the run: the thread does not touch the pipe from then on. */
  | { readonly op: 'cancel'; readonly id: number }
  /** Ends everything, and then the thread. */
  | { readonly op: 'end' };

/** Why a thread has let go of a run: nothing is left for it, the reader has left, it was cancelled, or an object is broken. */
export type InflateOutcome = 'done' | 'closed' | { readonly index: number; readonly error: SerializedError };

/** What a thread answers: that objects were written (look at `turns`), or, once per run, that it has let go of it. */
export type InflateResponse = { readonly id: number; readonly outcome?: InflateOutcome };

/** What a thread is started with. */
export interface InflateThreadData {
  /** Its number, counted from 0. */
  readonly number: number;
  /** See `Bells`. Shared by all threads. */
  readonly bells: Int32Array;
  /** Allows it to use system calls that Node does not offer. Shared. */
  readonly permit: Int32Array;
}
