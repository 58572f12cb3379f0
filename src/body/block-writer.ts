import { PipeModeError } from '../errors.js';
import type { RunningTask } from '../workers/run-task.js';

/** The memory in which a writer gathers: it is shared with the thread that writes, and used again and again. */
export interface Blocks {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Gathers chunks of any size into few large blocks and lets a thread append them to a file: while one is being
 * written, the next is being filled.
 */
export class BlockWriter {
  readonly #writer: RunningTask<undefined, Uint8Array>;
  readonly #blocks: Blocks;
  /** Those that nothing is in. */
  readonly #free: Uint8Array[] = [];
  readonly #pending: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;
  #made = 0;
  #filling: Uint8Array | undefined;
  #filled = 0;
  #length = 0;

  constructor(writer: RunningTask<undefined, Uint8Array>, blocks: Blocks) {
    this.#writer = writer;
    this.#blocks = blocks;
  }

  /** How many bytes it was given. */
  get length(): number {
    return this.#length;
  }

  /**
   * Copies a chunk. Gives a promise only if all blocks are full: the next chunk has to wait for that.
   *
   * @throws what the thread says of an earlier block.
   */
  append(chunk: Uint8Array): Promise<void> | undefined {
    this.#throwFailure();
    const length = this.#copy(chunk);
    this.#length += length;
    return length === chunk.length ? undefined : this.#appendRest(chunk.subarray(length));
  }

  /** Resolves when the file has all of it. */
  async flush(): Promise<void> {
    this.#throwFailure();
    if (this.#filling) this.#post(this.#filling.subarray(0, this.#filled));
    await Promise.all(this.#pending);
    this.#free.length = 0;
    this.#throwFailure();
  }

  /**
   * Takes nothing more, and resolves when nothing is on its way to the file any more: from then on its descriptor may be
   * closed, and its number be another file's.
   */
  async end(): Promise<void> {
    this.#failure ??= {
      error: new PipeModeError('ABORTED', 'What is being buffered is not wanted any more.'),
    };
    await Promise.all(this.#pending);
  }

  async #appendRest(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      await this.#pending[0];
      this.#throwFailure();
      const length = this.#copy(rest);
      this.#length += length;
      rest = rest.subarray(length);
    }
  }

  /** As much as there is room for. */
  #copy(chunk: Uint8Array): number {
    let copied = 0;
    while (copied < chunk.length) {
      const block = (this.#filling ??= this.#takeFree());
      if (!block) break;
      const length = Math.min(chunk.length - copied, block.length - this.#filled);
      block.set(length === chunk.length ? chunk : chunk.subarray(copied, copied + length), this.#filled);
      this.#filled += length;
      copied += length;
      if (this.#filled === block.length) this.#post(block);
    }
    return copied;
  }

  #takeFree(): Uint8Array | undefined {
    const free = this.#free.pop();
    if (free || this.#made === this.#blocks.count) return free;
    this.#made++;
    return new Uint8Array(new SharedArrayBuffer(this.#blocks.bytes));
  }

  #post(bytes: Uint8Array): void {
    this.#pending.push(this.#write(bytes));
    this.#filling = undefined;
    this.#filled = 0;
  }

  /** Never rejects: whoever appends or flushes next has the error. */
  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.next(bytes);
      this.#free.push(new Uint8Array(bytes.buffer));
    } catch (error) {
      this.#failure ??= { error };
    }
    void this.#pending.shift(); // they are answered in order
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
