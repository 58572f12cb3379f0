import { onAbort } from '../../abort/on-abort.js';

/** So many places for whoever needs one, in the order of asking. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with a place, and what gives it back, which may be called again. @throws the signal's reason */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack();
      isTaken = false;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        unwatch();
        resolve();
      };
      const unwatch = onAbort(signal, () => {
        unwatch();
        this.#waiting.delete(turn);
        reject(signal.reason as Error);
      });
      this.#waiting.add(turn);
    });
  }

  /** To the next one, if somebody waits. */
  #giveBack(): void {
    for (const turn of this.#waiting) {
      this.#waiting.delete(turn);
      turn();
      return;
    }
    this.#free++;
  }
}
