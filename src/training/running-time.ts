import { afterMs } from '../abort/after-ms.js';

/** Calls back when a job has run for some time. It counts while it goes, and may be paused. */
export class RunningTime {
  #leftMs: number;
  readonly #onOver: () => void;
  #began = 0;
  #callOff: (() => void) | undefined;

  /** @param ms - how long, in milliseconds */
  constructor(ms: number, onOver: () => void) {
    this.#leftMs = ms;
    this.#onOver = onOver;
  }

  /** Does nothing if it goes. */
  go(): void {
    if (this.#callOff !== undefined) return;
    this.#began = performance.now();
    this.#callOff = afterMs(Math.max(0, this.#leftMs), this.#onOver);
  }

  pause(): void {
    if (this.#callOff === undefined) return;
    this.#callOff();
    this.#callOff = undefined;
    this.#leftMs -= performance.now() - this.#began;
  }
}
