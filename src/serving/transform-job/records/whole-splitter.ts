import { ByteQueue } from './byte-queue.js';
import { type InputRecord, plainRecord, type Splitter, tooLarge } from './record.js';

/** `SplitType: None`: the whole object is one record. */
export class WholeSplitter implements Splitter {
  readonly #mostBytes: number;
  readonly #queue = new ByteQueue();

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  next(): undefined {
    if (this.#queue.length > this.#mostBytes) throw tooLarge(this.#mostBytes);
  }

  end(): InputRecord | undefined {
    if (this.#queue.length === 0) return undefined;
    return plainRecord(this.#queue.take(this.#queue.length));
  }
}
