// Runs in the threads that write into pipes by system calls.
import { type Libc, POLL_ENTRY_BYTES, POLLERR, POLLIN, POLLOUT } from '../native/libc.js';
import type { Bells } from './bells.js';

/**
 * Where a pipe stands: it may be written, the writer can go on, it is full, it waits for its reader to take what it has by
 * reference, there is nothing to do, or its reader has left.
 */
export type PipeState = 'ready' | 'more' | 'full' | 'unread' | 'idle' | 'closed';

/** A pipe that is waited for, which is `full` or `unread`. */
export interface WatchedPipe {
  readonly fd: number;
  state: PipeState;
}

/** Those that have to be waited for. */
export function waitingAmong<T extends WatchedPipe>(pipes: Iterable<T>): T[] {
  return [...pipes].filter(({ state }) => state === 'full' || state === 'unread');
}

/** As long as the thread ever waits in a system call, in milliseconds: a process that exits waits for it. */
const LONGEST_WAIT_MS = 50;

/** How soon to look again whether a reader has taken what is unread: nothing tells. */
const UNREAD_WAIT_MS = 2;

/** Waits for room in pipes by `poll`. */
export class RoomWatch {
  readonly #libc: Libc;
  readonly #bells: Bells;
  readonly #thread: number;
  #entries = new DataView(new ArrayBuffer(0));

  /** @param thread - which of the bells ends the waiting */
  constructor(libc: Libc, bells: Bells, thread: number) {
    this.#libc = libc;
    this.#bells = bells;
    this.#thread = thread;
  }

  /** Looks which of them have room or have lost their reader, without waiting. */
  look(pipes: readonly WatchedPipe[]): void {
    if (pipes.length > 0) this.#poll(pipes, 0);
  }

  /** Waits until one of them has room or has lost its reader, or somebody wakes it, or not for very long. */
  wait(pipes: readonly WatchedPipe[]): void {
    const hasUnread = pipes.some(({ state }) => state === 'unread');
    this.#poll(pipes, hasUnread ? UNREAD_WAIT_MS : LONGEST_WAIT_MS);
  }

  #poll(pipes: readonly WatchedPipe[], timeoutMs: number): void {
    this.#reserve(pipes.length + 1);
    this.#setEntry(0, this.#bells.descriptor(this.#thread), POLLIN);
    pipes.forEach(({ fd, state }, index) => this.#setEntry(index + 1, fd, state === 'full' ? POLLOUT : 0));
    this.#libc.poll(new Uint8Array(this.#entries.buffer), pipes.length + 1, timeoutMs);
    if (this.#events(0) !== 0) this.#bells.clear(this.#thread);
    pipes.forEach((pipe, index) => {
      const events = this.#events(index + 1);
      if (pipe.state === 'unread') pipe.state = (events & POLLERR) === 0 ? 'ready' : 'closed';
      else if ((events & (POLLOUT | POLLERR)) !== 0) pipe.state = 'ready';
    });
  }

  #reserve(count: number): void {
    if (this.#entries.byteLength >= count * POLL_ENTRY_BYTES) return;
    this.#entries = new DataView(new ArrayBuffer(2 * count * POLL_ENTRY_BYTES));
  }

  #setEntry(index: number, fd: number, interest: number): void {
    this.#entries.setInt32(index * POLL_ENTRY_BYTES, fd, true);
    this.#entries.setInt16(index * POLL_ENTRY_BYTES + 4, interest, true);
    this.#entries.setInt16(index * POLL_ENTRY_BYTES + 6, 0, true);
  }

  #events(index: number): number {
    return this.#entries.getInt16(index * POLL_ENTRY_BYTES + 6, true);
  }
}
