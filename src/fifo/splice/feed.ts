import type { FileRange } from '../../body/body.js';

/** What is to be written into a pipe next: bytes, or a long range of a file. */
export type FeedItem = Uint8Array | FileRange;

/** Something that is written into a pipe, from its beginning to its end. */
export interface Feed {
  /**
   * What comes next; `undefined` after the last. Bytes may stand in `stage`, which is not used for anything else until the
   * pipe has taken them. Takes no longer than some tens of milliseconds.
   */
  next(stage: Uint8Array): FeedItem | undefined;
  /** How many bytes are known to come after those that `next` has given. */
  readonly bytesLeft: number;
  /** Asked from time to time while the pipe is full: tells what it has taken, if it has not lately. */
  report?(): void;
  /** Told when the pipe has taken everything. */
  onEnd(): void;
  /** Lets go of what it holds, at any moment. */
  close?(): void;
}

/** Shorter ranges are read and written together with their neighbours; longer ones are spliced where that is possible. */
export const LONG_BYTES = 64 * 1024;
