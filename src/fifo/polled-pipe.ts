import { closeSync, writevSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { PipeModeError } from '../errors.js';

/** How often to try again at once: a fast reader makes room within a few turns of the event loop. */
const TURNS = 8;
/** How long to wait between two tries after that, in milliseconds. */
const SHORTEST_MS = 1;
const LONGEST_MS = 25;
/** The pause is this part of the time since the pipe last took something. */
const GROWTH = 0.25;

/**
 * The writing end of a pipe in a worker thread of the host. It tries again until the pipe has room, where
 * `PipeSocket` has the event loop tell: when a worker thread ends, Node closes the descriptors that were opened in it
 * by `node:fs`, each once, unless a socket has taken one over. Then it closes that number a second time, whoever has it by
 * then (Node 20 to 24): another thread's FIFO, say, whose reader would take that for the end of its data.
 */
export class PolledPipe {
  readonly #fd: number;
  readonly #path: string;
  #closed = false;
  #wake: (() => void) | undefined;
  #unwritten = 0;

  /** Takes over the descriptor, which is non-blocking. */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  /** How many bytes of a write the kernel has not taken yet. */
  get unwritten(): number {
    return this.#unwritten;
  }

  /** Resolves once the kernel has all of it: with `true`, or `false` if the reader has left or the pipe was closed. */
  async write(pieces: readonly Uint8Array[]): Promise<boolean> {
    let rest: readonly Uint8Array[] = pieces.filter((piece) => piece.length > 0);
    for (let refusals = 0, since = performance.now(); rest.length > 0;) {
      if (this.#closed) return false;
      const taken = this.#tryWrite(rest);
      if (taken === 'closed') return false;
      rest = after(rest, taken);
      this.#unwritten = rest.reduce((sum, { length }) => sum + length, 0);
      if (taken > 0) [refusals, since] = [0, performance.now()];
      else if (refusals++ < TURNS) await nextTurn();
      else await this.#pause(performance.now() - since);
    }
    return !this.#closed;
  }

  /** A write that waits gives up. */
  close(): Promise<void> {
    if (!this.#closed) closeSync(this.#fd);
    this.#closed = true;
    this.#wake?.();
    return Promise.resolve();
  }

  /** How many bytes the pipe has taken. */
  #tryWrite(pieces: readonly Uint8Array[]): number | 'closed' {
    try {
      return writevSync(this.#fd, pieces.slice(0, VECTOR_PIECES));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 0;
      if (code === 'EPIPE') return 'closed';
      throw new PipeModeError('WRITE_FAILED', `Writing to the FIFO "${this.#path}" failed: ${message}.`, {
        path: this.#path,
        cause: error,
      });
    }
  }

  #pause(waited: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(Math.max(waited * GROWTH, SHORTEST_MS), LONGEST_MS));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The kernel takes no more than 1,024 at a time. */
const VECTOR_PIECES = 512;

/** What is left of the pieces when so many bytes are gone. */
function after(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let index = 0;
  for (; index < pieces.length && left >= pieces[index]!.length; index++) left -= pieces[index]!.length;
  if (left === 0) return pieces.slice(index);
  return [pieces[index]!.subarray(left), ...pieces.slice(index + 1)];
}
