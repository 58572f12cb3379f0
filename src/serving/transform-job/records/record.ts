/** A record of an object: where it is in some bytes, because a view of each one costs more than all the rest. */
export interface InputRecord {
  readonly bytes: Uint8Array;
  /** As it stands in the object, with its newline or its frame: from here … */
  readonly start: number;
  /** … up to here. */
  readonly end: number;
  /** Without them: from here … */
  readonly contentStart: number;
  /** … up to here. */
  readonly contentEnd: number;
}

/** A record that is all of some bytes, and has neither newline nor frame. */
export function plainRecord(bytes: Uint8Array): InputRecord {
  const { length } = bytes;
  return { bytes, start: 0, end: length, contentStart: 0, contentEnd: length };
}

/** What is in a record, without its newline or its frame. */
export function contentOf({ bytes, contentStart, contentEnd }: InputRecord): Uint8Array {
  return bytes.subarray(contentStart, contentEnd);
}

/**
 * Takes an object apart, chunk by chunk: `push` a chunk, take `next` until it has no more, and `end` after the last chunk.
 * What lies inside one chunk is not copied.
 */
export interface Splitter {
  push(chunk: Uint8Array): void;
  /** The next record; `undefined` if it needs bytes that have not come yet. @throws {@link RecordProblem} */
  next(): InputRecord | undefined;
  /** What is left as the last record. @throws {@link RecordProblem} if the object ends within one */
  end(): InputRecord | undefined;
}

/** What is wrong with the record that comes next: a clause. Whoever counts the records makes an error of it. */
export class RecordProblem extends Error {
  readonly code: RecordProblemCode;

  constructor(code: RecordProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** How a record can be wrong. */
export type RecordProblemCode =
  | 'RECORD_TOO_LARGE'
  | 'RECORD_INVALID'
  | 'RECORDIO_INVALID'
  | 'RECORDIO_TRUNCATED'
  | 'TFRECORD_INVALID'
  | 'TFRECORD_TRUNCATED';

/** A record that no payload can have. @param bytes - `undefined` if it is not known how many there are */
export function tooLarge(mostBytes: number, bytes?: number): RecordProblem {
  const has = bytes === undefined ? `has more than ${mostBytes} bytes` : `has ${bytes} bytes`;
  const message = `it ${has}, and a payload may have ${mostBytes} (MaxPayloadInMB)`;
  return new RecordProblem('RECORD_TOO_LARGE', message);
}
