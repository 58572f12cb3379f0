import { ByteQueue } from './byte-queue.js';
import { type InputRecord, plainRecord, type Splitter, tooLarge } from './record.js';

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** `SplitType: Line`: every line is a record, also an empty one; the last one may be without a newline. */
export class LineSplitter implements Splitter {
  readonly #mostBytes: number;
  /** What has come of a line whose end has not. */
  readonly #begun = new ByteQueue();
  #chunk: Uint8Array = NOTHING;
  #at = 0;

  /** @param mostBytes - how long a line may be */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  next(): InputRecord | undefined {
    const end = this.#chunk.indexOf(NEWLINE, this.#at);
    if (end < 0) {
      this.#hold(this.#chunk.subarray(this.#at));
      this.#chunk = NOTHING;
      return undefined;
    }
    const start = this.#at;
    this.#at = end + 1;
    if (this.#begun.length === 0) return lineOf(this.#chunk, start, end + 1);
    this.#hold(this.#chunk.subarray(start, end + 1));
    const { length } = this.#begun;
    return lineOf(this.#begun.take(length), 0, length);
  }

  end(): InputRecord | undefined {
    if (this.#begun.length === 0) return undefined;
    return plainRecord(this.#begun.take(this.#begun.length));
  }

  #hold(bytes: Uint8Array): void {
    this.#begun.push(bytes);
    if (this.#begun.length > this.#mostBytes + 1) throw tooLarge(this.#mostBytes);
  }
}

function lineOf(bytes: Uint8Array, start: number, end: number): InputRecord {
  return { bytes, start, end, contentStart: start, contentEnd: end - 1 };
}
