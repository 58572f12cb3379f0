import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

import { PipeModeError } from '../errors.js';
import { PartsBody } from '../body/parts-body.js';
import type { MemoryLimit } from '../source/source.js';
import { type RunningTask, startTask } from '../thread/run-task.js';
import { ioThread } from '../thread/threads.js';

/**
 * Holds bytes whose number is not known yet: in memory as far as the channel's bound allows, in a temporary file
 * beyond. The file has no name from the start, so nothing is left of it however the process ends.
 */
export class SpillBuffer {
  readonly #memory: MemoryLimit;
  #chunks: Uint8Array[] = [];
  #inMemory = 0;
  #spilled = 0;
  #file: { readonly fd: number; readonly writer: RunningTask<undefined, Uint8Array> } | undefined;

  constructor(memory: MemoryLimit) {
    this.#memory = memory;
  }

  /** How many bytes it was given. */
  get length(): number {
    return this.#inMemory + this.#spilled;
  }

  /** Takes a chunk over; it must not change from then on. */
  async append(chunk: Uint8Array): Promise<void> {
    if (!this.#file && this.#memory.tryTake(chunk.length)) {
      this.#chunks.push(chunk);
      this.#inMemory += chunk.length;
      return;
    }
    this.#file ??= openNameless();
    const copy = chunk.slice(); // sending a view would send all that it is a view of
    await this.#file.writer.next(copy, [copy.buffer]);
    this.#spilled += chunk.length;
  }

  /** Everything, in order, once. */
  async *drain(): AsyncGenerator<Uint8Array> {
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      this.#memory.give(chunk.length);
      yield chunk;
    }
    if (this.#file) {
      yield* new PartsBody([{ path: 'temporary file', fd: this.#file.fd, offset: 0, length: this.#spilled }]);
    }
  }

  async close(): Promise<void> {
    for (const chunk of this.#chunks) this.#memory.give(chunk.length);
    this.#chunks = [];
    if (!this.#file) return;
    await this.#file.writer.close();
    closeSync(this.#file.fd);
    this.#file = undefined;
  }
}

function openNameless() {
  const path = join(tmpdir(), `sagemaker-pipe-mode-${randomUUID()}`);
  try {
    const fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return { fd, writer: startTask<undefined, Uint8Array>(ioThread, 'spill', { fd }) };
  } catch (cause) {
    throw new PipeModeError(
      'TEMPORARY_FILE_FAILED',
      `Cannot make a temporary file to buffer a large record in (${(cause as NodeJS.ErrnoException).code}): "${path}". ` +
        `Point TMPDIR to a directory that can be written to.`,
      { path, cause },
    );
  }
}
