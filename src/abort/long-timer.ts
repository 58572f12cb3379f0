/** Node's timers fire at once beyond this: 25 days. A job may run for 28. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls back after any time, in milliseconds, unless it is cancelled. */
export class LongTimer {
  readonly #callback: () => void;
  #leftMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, callback: () => void) {
    this.#callback = callback;
    this.#leftMs = ms;
    this.#wait();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const stepMs = Math.min(this.#leftMs, LONGEST_TIMER_MS);
    this.#leftMs -= stepMs;
    this.#timer = setTimeout(() => (this.#leftMs > 0 ? this.#wait() : this.#callback()), stepMs);
  }
}
