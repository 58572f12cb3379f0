import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long the event loop is kept from other work at a time, in milliseconds. */
const SLICE_MS = 10;

/** Lets the event loop turn every now and then while something long is done in it. */
export class TimeSlices {
  readonly #signal: AbortSignal;
  #end = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Lets the event loop turn if it is time for that.
   *
   * @throws the signal's reason if it was aborted meanwhile
   */
  async pause(): Promise<void> {
    if (performance.now() < this.#end) return;
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#end = performance.now() + SLICE_MS;
  }
}
