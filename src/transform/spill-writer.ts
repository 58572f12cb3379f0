// Runs in a thread of ours: everything here is synchronous.
import { writeSync } from 'node:fs';

import { temporaryFileFull } from '../body/temporary-file-errors.js';
import type { Task } from '../workers/task.js';

/** Appends what it is given to a file that the main thread has opened. */
export class SpillWriter implements Task<undefined, Uint8Array> {
  readonly #fd: number;

  constructor({ fd }: { fd: number }) {
    this.#fd = fd;
  }

  next(chunk: Uint8Array): IteratorResult<undefined, undefined> {
    for (let written = 0; written < chunk.length;) written += this.#write(chunk.subarray(written));
    return { done: false, value: undefined };
  }

  #write(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (cause) {
      throw temporaryFileFull(cause);
    }
  }
}
