import { closeSync, readSync, writeSync } from 'node:fs';

import type { Libc } from '../native/libc.js';

const RING = new Uint8Array(new BigUint64Array([1n]).buffer);

/**
 * Wakes threads that wait. Per thread: whether it waits, and an eventfd that it waits for. A thread says that it waits,
 * then looks once more whether there is anything to do, and then waits: so nothing that is rung is missed.
 */
export class Bells {
  readonly shared: Int32Array;
  readonly #rung = new Uint8Array(RING.length);

  /** @param shared - how many threads there are; or, in a thread, what it was given of another one's */
  constructor(shared: number | Int32Array) {
    this.shared =
      typeof shared === 'number'
        ? new Int32Array(new SharedArrayBuffer(2 * shared * Int32Array.BYTES_PER_ELEMENT))
        : shared;
  }

  /** The thread's eventfd; 0 if it has none yet. */
  descriptor(thread: number): number {
    return Atomics.load(this.shared, 2 * thread + 1);
  }

  /** Gives a thread its eventfd, unless one before it has left it one. By the thread itself, before it waits. */
  install(thread: number, libc: Libc): void {
    if (this.descriptor(thread) === 0) Atomics.store(this.shared, 2 * thread + 1, libc.eventfd());
  }

  setWaiting(thread: number, isWaiting: boolean): void {
    Atomics.store(this.shared, 2 * thread, Number(isWaiting));
  }

  /** Wakes a thread if it waits. */
  ring(thread: number): void {
    if (Atomics.load(this.shared, 2 * thread) === 1) writeSync(this.descriptor(thread), RING);
  }

  ringAll(): void {
    for (let thread = 0; thread < this.shared.length / 2; thread++) this.ring(thread);
  }

  /** Has the eventfd wait for the next ring. */
  clear(thread: number): void {
    readSync(this.descriptor(thread), this.#rung);
  }

  /** Closes the eventfd of a thread that has ended. */
  close(thread: number): void {
    const fd = Atomics.exchange(this.shared, 2 * thread + 1, 0);
    this.setWaiting(thread, false);
    if (fd !== 0) closeSync(fd);
  }
}
