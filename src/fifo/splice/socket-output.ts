// Runs in the thread that writes into pipes without system calls of its own.
import { closeSync, constants, openSync } from 'node:fs';
import type { Socket } from 'node:net';

import { requireLater } from '../../require-later.js';
import { noteOpen } from './file-access.js';
import { type PipeOutput, type Refusal, writeFailed, writeNow } from './pipe-output.js';

/** How long to wait before the next try where a pipe cannot be waited for, in milliseconds. */
const RETRY_MS = 1;

export interface SocketOutputInput {
  /** Non-blocking; it stays the main thread's. */
  readonly fd: number;
  readonly taken: Float64Array;
  /** Called when it can go on after it was full. */
  readonly onRoom: () => void;
  /** `false` where a socket is not safe: then it tries again and again. */
  readonly usesSockets: boolean;
}

/**
 * Writes by `node:fs` as long as there is room; a socket writes the rest, because only the event loop can wait for room.
 * Most of what a fast reader takes never gets there.
 */
export class SocketOutput implements PipeOutput {
  readonly #fd: number;
  readonly #taken: Float64Array;
  /** Told when it can go on after it was full. */
  readonly #onRoom: () => void;
  #socket: Socket | null | undefined; // null: there is none to be had
  #retry: NodeJS.Timeout | undefined;
  #failure: unknown;
  #isBusy = false;

  constructor({ fd, taken, onRoom, usesSockets }: SocketOutputInput) {
    this.#fd = fd;
    this.#taken = taken;
    this.#onRoom = onRoom;
    if (!usesSockets) this.#socket = null;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  flush(): Refusal | undefined {
    if (this.#isBusy) return 'full';
    return this.#failure === undefined ? undefined : refusedBy(this.#failure);
  }

  write(bytes: Uint8Array): number | Refusal {
    const refusal = this.flush();
    if (refusal) return refusal;
    const written = writeNow(this.#fd, bytes);
    if (written !== 'full') {
      if (typeof written === 'number') this.#taken[0]! += written;
      return written;
    }
    if (this.#socket === undefined) this.#socket = openSocket(this.#fd);
    if (this.#socket) return this.#writeLater(this.#socket, bytes);
    this.#retry = setTimeout(this.#onRoom, RETRY_MS);
    return 'full';
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  #writeLater(socket: Socket, bytes: Uint8Array): number {
    this.#isBusy = true;
    socket.write(bytes, (error) => {
      this.#isBusy = false;
      if (error) this.#failure = error;
      else this.#taken[0]! += bytes.length;
      this.#onRoom();
    });
    return bytes.length;
  }
}

/** A socket closes its descriptor, so it gets one of its own; `null` where there is none to be had. */
function openSocket(fd: number): Socket | null {
  let own: number | undefined;
  try {
    own = openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    const net = requireLater('node:net') as typeof import('node:net'); // which takes long to load, and is seldom needed
    const socket = new net.Socket({ fd: own, readable: false, writable: true });
    socket.on('error', () => undefined); // the write that failed reports it
    socket.once('close', noteOpen(own));
    return socket;
  } catch {
    if (own !== undefined) closeSync(own);
    return null;
  }
}

function refusedBy(error: unknown): Refusal {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 'closed';
  throw writeFailed(error);
}
