import { LateTimer } from '../../abort/late-timer.js';
import { onAbort } from '../../abort/on-abort.js';

/** When to give up. */
interface PatienceLimits {
  /** After so many milliseconds. */
  readonly ms: number;
  /** With this reason then. */
  readonly late: () => Error;
  /** Or when this is aborted. */
  readonly signal: AbortSignal | undefined;
}

/**
 * How long whoever asks waits for one thing after the other. An `AbortController` does the same, and takes as long as half of
 * an invocation.
 */
export class Patience {
  /** What is aborted when it is over: one thing at a time. */
  waitsFor: { abort(reason: Error): void } | undefined;
  readonly #timer: LateTimer;
  readonly #unwatch: (() => void) | undefined;
  #isOver = false;
  #reason: unknown;

  constructor({ ms, late, signal }: PatienceLimits) {
    this.#timer = new LateTimer(ms, () => this.#end(late()));
    this.#unwatch = signal && onAbort(signal, () => this.#end(signal.reason));
  }

  /** Throws the reason if it is over. */
  throwIfOver(): void {
    if (this.#isOver) throw this.#reason;
  }

  /** What a promise comes to. Rejects with the reason when it is over before. */
  async waitFor<T>(promise: Promise<T>): Promise<T> {
    this.throwIfOver();
    const over = new Promise<never>((_resolve, abort) => (this.waitsFor = { abort }));
    try {
      return await Promise.race([promise, over]);
    } finally {
      this.waitsFor = undefined;
    }
  }

  /** Nothing is waited for any more. */
  done(): void {
    this.waitsFor = undefined;
    this.#timer.cancel();
    this.#unwatch?.();
  }

  #end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    this.waitsFor?.abort(reason as Error);
  }
}
