import type { PackedParts } from '../../body/packed-parts.js';
import type { SerializedError } from '../../workers/serialize-error.js';

/** What the main thread posts to the thread that splices. */
export type PumpRequest =
  | {
      readonly op: 'write';
      readonly id: number;
      /** The pipe's descriptor, which is non-blocking and stays the main thread's. */
      readonly fd: number;
      readonly parts: PackedParts;
      /** Where the thread counts the bytes that the pipe has taken. */
      readonly taken: Float64Array;
    }
  /** Answered like the end of the transfer: nothing touches the pipe from then on. */
  | { readonly op: 'cancel'; readonly id: number }
  /** Ends everything, and then the thread. */
  | { readonly op: 'end' };

/** What the thread answers when a transfer is over. */
export interface PumpResponse {
  readonly id: number;
  readonly outcome: 'done' | 'closed' | SerializedError;
}

/** What a pump thread is started with. */
export interface PumpData {
  /** An eventfd: the main thread rings it when it has posted something while the thread waits for pipes. */
  readonly bell: number;
  /** `[0]` is 1 while the thread waits for pipes. */
  readonly isWaiting: Int32Array;
}
