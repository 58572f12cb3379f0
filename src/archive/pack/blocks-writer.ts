// Runs in a thread of ours: everything here is synchronous.
import { readSync } from 'node:fs';

/** Steps that are each given a block of memory, and end when it is full. */
export type BlockSteps<Result = void> = Generator<number, Result, SharedArrayBuffer>;

/** Puts bytes one after the other into blocks of memory. Each step yields how far one was filled, in bytes. */
export class BlocksWriter {
  #block: Buffer;
  #filled = 0;

  constructor(first: SharedArrayBuffer) {
    this.#block = Buffer.from(first);
  }

  *put(bytes: Uint8Array): BlockSteps {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === this.#block.length) yield* this.#handOver();
      const part = bytes.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
  }

  /** Reads up to `size` bytes of a file, from its beginning, and says how many there were. */
  *read(fd: number, size: number): BlockSteps<number> {
    let done = 0;
    while (done < size) {
      if (this.#filled === this.#block.length) yield* this.#handOver();
      const room = Math.min(size - done, this.#block.length - this.#filled);
      const length = readSync(fd, this.#block, this.#filled, room, done);
      if (length === 0) break;
      this.#filled += length;
      done += length;
    }
    return done;
  }

  /** Hands over what the last block holds. */
  *end(): BlockSteps {
    if (this.#filled > 0) yield this.#filled;
  }

  *#handOver(): BlockSteps {
    this.#block = Buffer.from(yield this.#filled);
    this.#filled = 0;
  }
}
