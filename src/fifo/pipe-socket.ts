import { once } from 'node:events';
import { Socket } from 'node:net';

import { PipeModeError } from '../errors.js';

/** Small pieces go to the kernel together, up to so many at a time. */
const VECTOR_PIECES = 512;

/**
 * The writing end of a pipe. The event loop tells when it has room, so that neither a thread nor the host
 * waits for a slow reader.
 */
export class PipeSocket {
  readonly #path: string;
  readonly #socket: Socket;
  #closed = false;

  /** Takes over the descriptor, which is non-blocking. */
  constructor(fd: number, path: string) {
    this.#path = path;
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on('error', () => undefined); // the write that failed reports it
  }

  /** How many bytes of a write the kernel has not taken yet. */
  get unwritten(): number {
    // What Node itself looks at to tell a slow peer from one that has gone (`Socket.setTimeout`).
    const { _handle: handle } = this.#socket as { _handle?: { writeQueueSize?: number } | null };
    return handle?.writeQueueSize ?? 0;
  }

  /** Resolves once the kernel has all of it: with `true`, or `false` if the reader has left. */
  async write(pieces: readonly Uint8Array[]): Promise<boolean> {
    for (let i = 0; i < pieces.length; i += VECTOR_PIECES) {
      if (!(await this.#writeVector(pieces.slice(i, i + VECTOR_PIECES)))) return false;
    }
    return true;
  }

  /** Resolves when the descriptor is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#socket.destroy();
    // A socket destroys itself when its reader has left, and may have closed long before anybody asks for it.
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  #writeVector(pieces: readonly Uint8Array[]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null) => {
        if (this.#closed)
          resolve(false); // Node does not always say that a write was cut short by destroy()
        else if (!error) resolve(true);
        else if ((error as NodeJS.ErrnoException).code === 'EPIPE') resolve(false);
        else reject(this.#failure(error));
      };
      this.#socket.cork();
      pieces.forEach((piece, index) => {
        this.#socket.write(piece, index === pieces.length - 1 ? done : undefined);
      });
      this.#socket.uncork();
    });
  }

  #failure(cause: Error): PipeModeError {
    return new PipeModeError(
      'WRITE_FAILED',
      `Writing to the FIFO "${this.#path}" failed: ${cause.message}.`,
      { path: this.#path, cause },
    );
  }
}
