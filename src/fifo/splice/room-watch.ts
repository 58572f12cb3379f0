// Runs in a thread that writes into pipes.
import { type Libc, POLL_ENTRY_BYTES, POLLERR, POLLIN, POLLOUT } from '../../native/libc.js';
import type { Bells } from '../bells.js';
import type { Progress } from './pipe-writer.js';

/** A pipe that is waited for. */
export interface WatchedPipe {
  readonly fd: number;
  /** `full`: wait for room. `unread`: look again soon. */
  state: 'ready' | Progress;
}

/** As long as the thread ever waits in a system call, in milliseconds: a process that exits waits for it. */
const LONGEST_WAIT_MS = 50;

/** How soon to look again whether a reader has taken what is unread: nothing tells. */
const UNREAD_WAIT_MS = 2;

/** Waits for room in pipes by `poll`. */
export class RoomWatch {
  readonly #libc: Libc;
  readonly #bell: Bells;
  #entries = new DataView(new ArrayBuffer(0));

  /** @param bell - the thread's, which ends the waiting */
  constructor(libc: Libc, bell: Bells) {
    this.#libc = libc;
    this.#bell = bell;
  }

  /** Waits until one of them has room or has lost its reader, or somebody wakes it, or not for very long. */
  wait(pipes: readonly WatchedPipe[]): void {
    this.#reserve(pipes.length + 1);
    this.#setEntry(0, this.#bell.descriptor(0), POLLIN);
    pipes.forEach(({ fd, state }, index) => this.#setEntry(index + 1, fd, state === 'full' ? POLLOUT : 0));
    const hasUnread = pipes.some(({ state }) => state === 'unread');
    const timeout = hasUnread ? UNREAD_WAIT_MS : LONGEST_WAIT_MS;
    this.#libc.poll(new Uint8Array(this.#entries.buffer), pipes.length + 1, timeout);
    if (this.#events(0) !== 0) this.#bell.clear(0);
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
