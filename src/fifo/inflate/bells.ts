import { writeSync } from 'node:fs';

/** How many threads inflate at most: what so many make of gzip is more than a pipe takes. */
export const MOST_THREADS = 8;

const RING = new Uint8Array(new BigUint64Array([1n]).buffer);

/**
 * Wakes threads that wait. Per thread: whether it waits, and an eventfd that it waits for. A thread says that it waits,
 * then looks once more whether there is anything to do, and then waits: so nothing that is rung is missed.
 */
export class Bells {
  readonly shared: Int32Array;

  constructor(shared: Int32Array = new Int32Array(new SharedArrayBuffer(2 * MOST_THREADS * 4))) {
    this.shared = shared;
  }

  /** The thread's eventfd. */
  descriptor(thread: number): number {
    return this.shared[MOST_THREADS + thread]!;
  }

  install(thread: number, eventfd: number): void {
    this.shared[MOST_THREADS + thread] = eventfd;
  }

  setWaiting(thread: number, isWaiting: boolean): void {
    Atomics.store(this.shared, thread, Number(isWaiting));
  }

  /** Wakes a thread if it waits. */
  ring(thread: number): void {
    if (Atomics.load(this.shared, thread) === 1) writeSync(this.descriptor(thread), RING);
  }

  ringAll(): void {
    for (let thread = 0; thread < MOST_THREADS; thread++) this.ring(thread);
  }
}
