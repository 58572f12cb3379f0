import { closeSync, constants, openSync } from 'node:fs';

import type { Libc } from '../native/libc.js';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Knows how much of what was written into a pipe nobody has read, also when the pipe's writer is closed or its reader has
 * left. It has one end of the pipe open: a writing one first, beside the writer's, because a reading one would keep the
 * writer from noticing that its reader has left.
 */
export class UnreadMeter {
  readonly #libc: Libc;
  #fd: number;

  /**
   * A meter for a pipe that is open for writing. `undefined` without koffi, and if the reader has left already: nothing
   * was written then.
   */
  static of(writer: number, libc: Libc | undefined): UnreadMeter | undefined {
    const fd = libc && openAgain(writer, O_WRONLY);
    return fd === undefined ? undefined : new UnreadMeter(fd, libc!);
  }

  private constructor(fd: number, libc: Libc) {
    this.#fd = fd;
    this.#libc = libc;
  }

  /** In bytes. */
  get unread(): number {
    return this.#libc.unread(this.#fd);
  }

  /**
   * To be called when nothing more is written: from now on the meter keeps no reader from seeing the end. Says whether it
   * could; if there was no descriptor to spare, only closing the meter lets the reader end.
   */
  letReaderEnd(): boolean {
    const reading = openAgain(this.#fd, O_RDONLY);
    if (reading === undefined) return false;
    closeSync(this.#fd);
    this.#fd = reading;
    return true;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The FIFO may have no name any more. */
function openAgain(fd: number, access: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, access | O_NONBLOCK);
  } catch {
    return undefined;
  }
}
