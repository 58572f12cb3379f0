/**
 * How many bytes may be held in memory, shared by everything that runs ahead of the reader. Whoever holds bytes
 * takes them from the budget and gives them back; whoever finds it used up waits for its turn.
 */
export class MemoryBudget {
  readonly #bytes: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get isUsedUp(): boolean {
    return this.#held >= this.#bytes;
  }

  /** Takes bytes that are already there: it cannot fail, but it may use the budget up. */
  take(bytes: number): void {
    this.#held += bytes;
  }

  /** Takes bytes unless the budget has no room for them. */
  tryTake(bytes: number): boolean {
    if (this.#held + bytes > this.#bytes) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
    if (!this.isUsedUp) this.pass();
  }

  /** Resolves when something was given back, in the order of asking. May be too early: look again. */
  wait(): { readonly turn: Promise<void>; cancel(): void } {
    let resolve!: () => void;
    const turn = new Promise<void>((resolveTurn) => (resolve = resolveTurn));
    this.#waiting.push(resolve);
    const cancel = () => {
      const index = this.#waiting.indexOf(resolve);
      if (index >= 0) this.#waiting.splice(index, 1);
      resolve();
    };
    return { turn, cancel };
  }

  /** Lets the next one look, because the one whose turn it was has no use for it. */
  pass(): void {
    this.#waiting.shift()?.();
  }
}
