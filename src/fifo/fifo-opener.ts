import { closeSync } from 'node:fs';

import type { Libc } from '../native/libc.js';
import { checkName, type Fifo, openForWriting, referTo, tryOpen } from './fifo.js';

/** How often to look whether the FIFO still has its name, in milliseconds. */
const CHECK_MS = 500;

/**
 * Opens a FIFO for writing, in as many tries as it takes until it has a reader.
 *
 * On Linux by a descriptor that stands for the FIFO without opening it: this leads to our FIFO whatever stands at its
 * path by now, so that a try is one system call, and the name, which costs more, is looked at from time to time only.
 * Whoever has opened our FIFO before its name was taken away gets its data.
 */
export class FifoOpener {
  readonly #fifo: Fifo;
  readonly #libc: Libc | undefined;
  #reference: { readonly fd: number; readonly path: string } | undefined;
  #checkedAt: number;

  /** @throws `FIFO_REPLACED`. */
  constructor(fifo: Fifo, libc: Libc | undefined, now: number) {
    this.#fifo = fifo;
    this.#libc = libc;
    this.#checkedAt = now;
    const fd = referTo(fifo);
    if (fd !== undefined) this.#reference = { fd, path: `/proc/self/fd/${fd}` };
  }

  /**
   * The FIFO's writing end, or `undefined` if it has no reader.
   *
   * @throws `FIFO_REPLACED`, `DEST_NOT_WRITABLE`, `TOO_MANY_OPEN_FILES`.
   */
  tryOpen(now: number): number | undefined {
    if (!this.#reference) return openForWriting(this.#fifo, this.#libc);
    if (now - this.#checkedAt >= CHECK_MS) {
      checkName(this.#fifo);
      this.#checkedAt = now;
    }
    try {
      return tryOpen(this.#reference.path, this.#libc);
    } catch {
      this.close(); // there may be no /proc; whatever else it is, the FIFO's own path says it too
      return openForWriting(this.#fifo, this.#libc);
    }
  }

  close(): void {
    if (this.#reference) closeSync(this.#reference.fd);
    this.#reference = undefined;
  }
}
