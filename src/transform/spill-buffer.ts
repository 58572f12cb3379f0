import { closeSync } from 'node:fs';

import { PartsBody } from '../body/parts-body.js';
import { openTemporaryFile, type TemporaryFile } from '../body/temporary-file.js';
import { onAbort } from '../abort/on-abort.js';
import type { MemoryLimit } from '../source/source.js';

/**
 * Holds bytes whose number is not known yet: in memory as far as the channel's bound allows, in a temporary file
 * beyond. The file has no name from the start, so nothing is left of it however the process ends.
 */
export class SpillBuffer {
  readonly #memory: MemoryLimit;
  readonly #unwatch: () => void;
  #chunks: Uint8Array[] = [];
  #inMemory = 0;
  #spilled = 0;
  #write: Promise<unknown> = Promise.resolve();
  #file: TemporaryFile | undefined;

  constructor(memory: MemoryLimit, signal: AbortSignal) {
    this.#memory = memory;
    // Whoever fills the buffer may be waiting for a source that never answers.
    this.#unwatch = onAbort(signal, () => void this.close());
  }

  /** How many bytes it was given. */
  get length(): number {
    return this.#inMemory + this.#spilled;
  }

  /** Takes a chunk over; it must not change from then on. */
  async append(chunk: Uint8Array): Promise<void> {
    if (!this.#file && this.#memory.tryReserve(chunk.length)) {
      this.#chunks.push(chunk);
      this.#inMemory += chunk.length;
      return;
    }
    this.#file ??= openTemporaryFile('to buffer a large record in');
    // Sending a view would send all that it is a view of; and what `slice()` makes of a Buffer is a view.
    const copy = new Uint8Array(chunk);
    this.#write = this.#file.writer.next(copy, [copy.buffer]);
    await this.#write;
    this.#spilled += chunk.length;
  }

  /** Everything, in order, once. */
  async *drain(): AsyncGenerator<Uint8Array> {
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      this.#memory.release(chunk.length);
      yield chunk;
    }
    if (this.#file) {
      yield* new PartsBody([{ path: 'temporary file', fd: this.#file.fd, offset: 0, length: this.#spilled }]);
    }
  }

  async close(): Promise<void> {
    this.#unwatch();
    for (const chunk of this.#chunks) this.#memory.release(chunk.length);
    this.#chunks = [];
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    // Whoever opens something next may get this descriptor's number: nothing may be on its way to it.
    await this.#write.catch(() => undefined);
    await file.writer.close();
    closeSync(file.fd);
  }
}
