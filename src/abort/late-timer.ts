import { LongTimer } from './long-timer.js';

/**
 * Calls back after some time, in milliseconds, and when all is handled that has come until then, unless it is cancelled. A
 * process that was held up itself would take for late what has been waiting for it.
 */
export class LateTimer {
  readonly #timer: LongTimer;
  #last: NodeJS.Immediate | undefined;

  constructor(ms: number, callback: () => void) {
    this.#timer = new LongTimer(ms, () => (this.#last = setImmediate(callback)));
  }

  cancel(): void {
    this.#timer.cancel();
    clearImmediate(this.#last);
  }
}
