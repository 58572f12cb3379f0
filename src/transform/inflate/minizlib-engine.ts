// Runs in threads of ours: everything here is synchronous.
import type { Gunzip } from 'minizlib';

import { requireLater } from '../../require-later.js';
import type { InflateEngine } from './zlib-engine.js';

/**
 * How much is inflated at a time, in compressed bytes: minizlib hands over all that it becomes at once, which with
 * deflate is up to 1,032 times as much.
 */
const SLICE_BYTES = 1024;

/** What takes the place of Node's internals where they are not what we know: the same answers, more slowly. */
export class MinizlibEngine implements InflateEngine {
  #gunzip = this.#open();
  #inflated: Uint8Array[] = [];
  #isOver = false;
  consumed = 0;
  produced = 0;

  step(input: Uint8Array, output: Uint8Array, isLast: boolean): void {
    this.consumed = this.produced = 0;
    this.#handOver(output);
    while (this.produced < output.length && !this.#isOver) {
      const slice = input.subarray(this.consumed, this.consumed + SLICE_BYTES);
      if (slice.length === 0 && !isLast) return;
      const consumed = this.#inflate(slice);
      this.consumed += consumed;
      this.#isOver = slice.length === 0 || consumed < slice.length;
      this.#handOver(output);
    }
  }

  reset(): void {
    this.#gunzip.close();
    this.#gunzip = this.#open();
    this.#inflated = [];
    this.#isOver = false;
  }

  close(): void {
    this.#gunzip.close();
  }

  /** Says how much was consumed: what stands behind zeros that follow the last member is not. */
  #inflate(slice: Uint8Array): number {
    if (slice.length === 0) {
      this.#gunzip.end();
      return 0;
    }
    this.#gunzip.write(Buffer.from(slice));
    return (this.#gunzip.handle as unknown as { bytesWritten: number }).bytesWritten;
  }

  #handOver(output: Uint8Array): void {
    while (this.#inflated.length > 0 && this.produced < output.length) {
      const first = this.#inflated[0]!;
      const some = first.subarray(0, output.length - this.produced);
      output.set(some, this.produced);
      this.produced += some.length;
      if (some.length === first.length) this.#inflated.shift();
      else this.#inflated[0] = first.subarray(some.length);
    }
  }

  #open(): Gunzip {
    const { Gunzip } = requireLater('minizlib') as typeof import('minizlib');
    const gunzip = new Gunzip({});
    gunzip.on('data', (chunk: Uint8Array) => this.#inflated.push(chunk));
    gunzip.on('error', (error: unknown) => {
      throw error;
    });
    return gunzip;
  }
}
