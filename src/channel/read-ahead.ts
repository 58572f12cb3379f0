import PQueue from 'p-queue';

import type { MemoryBudget } from './memory-budget.js';

/**
 * Reads bodies before it is their turn, several at once, each into a buffer of its own. What they hold together
 * is bounded by the budget; the one whose turn it is always goes on, however much the others hold, so that there
 * is always one that can.
 */
export class ReadAhead {
  readonly #budget: MemoryBudget;
  readonly #queue: PQueue;
  readonly #open = new Set<AheadBody>();

  constructor(budget: MemoryBudget, concurrency: number) {
    this.#budget = budget;
    this.#queue = new PQueue({ concurrency });
  }

  /** Begins to read a body as soon as there is a place for it; places are given in the order of the calls. */
  add(open: () => AsyncIterable<Uint8Array>): AheadBody {
    const body = new AheadBody(open, this.#budget);
    this.#open.add(body);
    void this.#queue.add(() => body.pull()).finally(() => this.#open.delete(body));
    return body;
  }

  /** Gives up everything that was begun or is waiting, and resolves when all of it has let go. */
  async cancel(): Promise<void> {
    this.#queue.clear();
    for (const body of this.#open) body.cancel();
    await this.#queue.onIdle();
  }
}

/** A body that is read ahead of its turn. */
export class AheadBody {
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #budget: MemoryBudget;
  #chunks: Uint8Array[] = [];
  #end: { readonly error?: unknown } | undefined;
  #isItsTurn = false;
  #arrived: (() => void) | undefined;
  #waiting: { cancel(): void } | undefined;

  constructor(open: () => AsyncIterable<Uint8Array>, budget: MemoryBudget) {
    this.#open = open;
    this.#budget = budget;
  }

  /** All chunks that are there, once there are any; none after the last. An error comes after the chunks before it. */
  async take(): Promise<Uint8Array[]> {
    this.#isItsTurn = true;
    this.#waiting?.cancel();
    while (this.#chunks.length === 0 && !this.#end)
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) this.#budget.give(chunk.length);
    this.#waiting?.cancel();
    if (chunks.length === 0 && this.#end && 'error' in this.#end) throw this.#end.error;
    return chunks;
  }

  async pull(): Promise<void> {
    try {
      for await (const chunk of this.#open()) {
        if (this.#hasEnded()) return;
        this.#keep(chunk);
        while (this.#mayNotGoOn()) await this.#wait();
        if (this.#hasEnded()) return;
      }
      this.#end ??= {};
    } catch (error) {
      this.#end ??= { error };
    } finally {
      this.#budget.pass();
      this.#arrived?.();
    }
  }

  cancel(): void {
    this.#end ??= {};
    for (const chunk of this.#chunks) this.#budget.give(chunk.length);
    this.#chunks = [];
    this.#waiting?.cancel();
    this.#arrived?.();
  }

  /** Asked anew every time, because it changes while something is awaited. */
  #hasEnded(): boolean {
    return this.#end !== undefined;
  }

  #keep(chunk: Uint8Array): void {
    this.#budget.take(chunk.length);
    this.#chunks.push(chunk);
    this.#arrived?.();
  }

  #mayNotGoOn(): boolean {
    if (this.#end || !this.#budget.isUsedUp) return false;
    return !(this.#isItsTurn && this.#chunks.length === 0);
  }

  async #wait(): Promise<void> {
    const waiting = this.#budget.wait();
    this.#waiting = waiting;
    await waiting.turn;
    this.#waiting = undefined;
  }
}
