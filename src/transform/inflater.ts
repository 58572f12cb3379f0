// Runs in a thread of ours: everything here is synchronous.
import { Gunzip, type ZlibOptions } from 'minizlib';

import { PipeModeError } from '../errors.js';
import { PartsReader } from '../body/parts-reader.js';
import type { PackedParts } from '../body/packed-parts.js';
import type { Task } from '../workers/task.js';

/** Input for an object whose compressed bytes come from the main thread; `undefined` asks to go on. */
export interface InflateInput {
  readonly chunk: Uint8Array;
  readonly last: boolean;
}

/** What a step inflated, and whether everything that could be inflated has been handed over. */
export interface InflateOutput {
  readonly chunk: Uint8Array;
  readonly hungry: boolean;
}

/**
 * How much is inflated at a time, in compressed bytes. Deflate shrinks by a factor of 1,032 at most; so that zeros do
 * not fill the memory, a slice is smaller the more the one before has grown.
 */
const SLICE_BYTES = { first: 1024, least: 256, most: 32 * 1024 } as const;

/** What a slice is meant to become, in bytes. */
const SLICE_GROWS_TO = 128 * 1024;

/** Passed on to Node's zlib, whose 16 KiB by default cost a quarter of the speed; minizlib's types leave it out. */
const GUNZIP_OPTIONS = { chunkSize: 256 * 1024 } as ZlibOptions;

/** As much as a step hands over. */
const STEP_BYTES = 512 * 1024;

/** Inflates one object, from files that it reads itself or from chunks that it is given. */
export class Inflater implements Task<InflateOutput, InflateInput | undefined> {
  readonly #gunzip = new Gunzip(GUNZIP_OPTIONS);
  readonly #reader: PartsReader | undefined;
  #input: Uint8Array = new Uint8Array(0);
  #last = false;
  #sliceBytes: number = SLICE_BYTES.first;
  #ended = false;
  /** What has been inflated and not been handed over. */
  #inflated: Uint8Array[] = [];
  #inflatedBytes = 0;

  constructor({ parts }: { readonly parts: PackedParts | undefined }) {
    this.#reader = parts && new PartsReader({ parts });
    this.#gunzip.on('data', (chunk: Uint8Array) => {
      this.#inflated.push(chunk);
      this.#inflatedBytes += chunk.length;
    });
    this.#gunzip.on('error', (error: unknown) => {
      throw error;
    });
  }

  next(input: InflateInput | undefined): IteratorResult<InflateOutput, undefined> {
    if (input) {
      this.#input = input.chunk;
      this.#last = input.last;
    }
    while (this.#inflatedBytes < STEP_BYTES && !this.#ended && this.#fillInput()) this.#inflateSlice();
    if (this.#ended && this.#inflatedBytes === 0) return { done: true, value: undefined };
    const chunk = this.#handOver();
    return { done: false, value: { chunk, hungry: this.#inflatedBytes + this.#input.length === 0 } };
  }

  return(): IteratorResult<never, undefined> {
    this.#reader?.return();
    return { done: true, value: undefined };
  }

  /** Makes sure that there is something to do: bytes, or the end. */
  #fillInput(): boolean {
    if (this.#input.length > 0 || !this.#reader) return this.#input.length > 0 || this.#last;
    const buffer = Buffer.allocUnsafeSlow(8 * SLICE_BYTES.most);
    this.#input = buffer.subarray(0, this.#reader.read(buffer));
    this.#last = this.#input.length === 0;
    return true;
  }

  /** One chunk that owns its memory, so that it can be moved to the main thread. */
  #handOver(): Uint8Array {
    const chunk = Buffer.allocUnsafeSlow(Math.min(this.#inflatedBytes, STEP_BYTES));
    for (let filled = 0; filled < chunk.length;) {
      const first = this.#inflated[0]!;
      const some = first.subarray(0, chunk.length - filled);
      chunk.set(some, filled);
      filled += some.length;
      if (some.length === first.length) this.#inflated.shift();
      else this.#inflated[0] = first.subarray(some.length);
    }
    this.#inflatedBytes -= chunk.length;
    return chunk;
  }

  #inflateSlice(): void {
    const slice = this.#input.subarray(0, this.#sliceBytes);
    const before = this.#inflatedBytes;
    try {
      if (slice.length > 0) this.#gunzip.write(Buffer.from(slice));
      else this.#gunzip.end();
    } catch (error) {
      throw gzipError(error);
    }
    this.#ended = slice.length === 0;
    this.#input = this.#input.subarray(slice.length);
    this.#fitSlice((this.#inflatedBytes - before) / Math.max(slice.length, 1));
  }

  #fitSlice(growth: number): void {
    const wanted = growth > 0 ? SLICE_GROWS_TO / growth : SLICE_BYTES.most;
    this.#sliceBytes = Math.round(Math.min(Math.max(wanted, SLICE_BYTES.least), SLICE_BYTES.most));
  }
}

function gzipError(cause: unknown): PipeModeError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = message.replace('zlib: ', '');
  return code === 'Z_BUF_ERROR'
    ? new PipeModeError('GZIP_TRUNCATED', `is cut off: ${reason}`, { cause })
    : new PipeModeError('GZIP_INVALID', `is not gzip, or corrupt: ${reason}`, { cause });
}
