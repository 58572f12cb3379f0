// Runs in the threads that inflate: everything here is synchronous.
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { requireLater } from '../../require-later.js';
import { temporaryFileFailed, temporaryFileFull } from '../../body/temporary-file-errors.js';

/** A file without a name, so that nothing is left of it however the process ends. */
export class SpillFile {
  readonly #fd: number;
  #length = 0;

  /** @throws {@link PipeModeError} `TEMPORARY_FILE_FAILED` */
  constructor(tmpdir: string) {
    const { randomUUID } = requireLater('node:crypto') as typeof import('node:crypto');
    const path = join(tmpdir, `sagemaker-pipe-mode-${randomUUID()}`);
    try {
      this.#fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
    } catch (cause) {
      throw temporaryFileFailed('to buffer a large record in', path, cause);
    }
  }

  /** How many bytes are in it. */
  get length(): number {
    return this.#length;
  }

  /** @throws {@link PipeModeError} `TEMPORARY_FILE_FAILED` */
  append(bytes: Uint8Array): void {
    try {
      for (let written = 0; written < bytes.length;)
        written += writeSync(this.#fd, bytes, written, bytes.length - written);
    } catch (cause) {
      throw temporaryFileFull(cause);
    }
    this.#length += bytes.length;
  }

  /** Reads some bytes from `position` on. */
  read(target: Uint8Array, position: number): number {
    return readSync(this.#fd, target, 0, target.length, position);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
