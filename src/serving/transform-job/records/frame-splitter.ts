import { ByteQueue } from './byte-queue.js';
import {
  contentOf,
  type InputRecord,
  RecordProblem,
  type RecordProblemCode,
  type Splitter,
  tooLarge,
} from './record.js';

/** What a header says. */
export interface Frame {
  /** How many bytes of the record follow. */
  readonly contentBytes: number;
  /** How many bytes come after them that are not of the record. */
  readonly trailerBytes: number;
  /** Whether the record ends with them. */
  readonly isLast: boolean;
}

/** A format that puts a header before each record. */
export interface FrameFormat {
  readonly headerBytes: number;
  readonly truncated: RecordProblemCode;
  /** @param continues - whether the record has begun already. @throws {@link RecordProblem} */
  readHeader(header: Uint8Array, continues: boolean): Frame;
}

/**
 * `SplitType: RecordIO` and `TFRecord`. What of a record is beyond the bound is not waited for: twelve bytes can claim more than
 * there is memory.
 */
export class FrameSplitter implements Splitter {
  readonly #format: FrameFormat;
  readonly #mostBytes: number;
  readonly #queue = new ByteQueue();
  #frame: Frame | undefined;
  /** The parts so far of a record that has several. */
  #parts: InputRecord[] = [];
  #contentBytes = 0;

  /** @param mostBytes - how long a record may be, without its frame */
  constructor(format: FrameFormat, mostBytes: number) {
    this.#format = format;
    this.#mostBytes = mostBytes;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  next(): InputRecord | undefined {
    for (;;) {
      const part = this.#nextPart();
      if (part === undefined) return undefined;
      const { isLast } = this.#frame!;
      this.#frame = undefined;
      if (isLast && this.#parts.length === 0) return part;
      this.#parts.push(part);
      this.#contentBytes += part.contentEnd - part.contentStart;
      if (isLast) return this.#joined();
    }
  }

  end(): undefined {
    const missing = this.#queue.length > 0 || this.#parts.length > 0;
    if (missing) throw new RecordProblem(this.#format.truncated, 'the object ends within it');
  }

  #nextPart(): InputRecord | undefined {
    const { headerBytes } = this.#format;
    if (this.#queue.length < headerBytes) return undefined;
    this.#frame ??= this.#format.readHeader(this.#queue.peek(headerBytes), this.#parts.length > 0);
    const { contentBytes, trailerBytes } = this.#frame;
    const soFar = this.#contentBytes + contentBytes;
    if (soFar > this.#mostBytes) throw tooLarge(this.#mostBytes, soFar);
    const bytes = headerBytes + contentBytes + trailerBytes;
    if (this.#queue.length < bytes) return undefined;
    const taken = this.#queue.take(bytes);
    return {
      bytes: taken,
      start: 0,
      end: bytes,
      contentStart: headerBytes,
      contentEnd: headerBytes + contentBytes,
    };
  }

  #joined(): InputRecord {
    const parts = this.#parts;
    this.#parts = [];
    this.#contentBytes = 0;
    // The frames first, and the content once more behind them: together in one piece, as of every other record.
    const frames = Buffer.concat(parts.map(({ bytes }) => bytes));
    const bytes = Buffer.concat([frames, ...parts.map(contentOf)]);
    return {
      bytes,
      start: 0,
      end: frames.length,
      contentStart: frames.length,
      contentEnd: bytes.length,
    };
  }
}
