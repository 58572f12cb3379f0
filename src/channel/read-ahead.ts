import PQueue from 'p-queue';

import type { MemoryBudget } from './memory-budget.js';
import { SLAB_BYTES, type SlabPool } from './slabs.js';

/**
 * Reads bodies before it is their turn, several at once, each into a buffer of its own. What they hold together
 * is bounded by the budget; the one whose turn it is always goes on, however much the others hold, so that there
 * is always one that can.
 */
export class ReadAhead {
  readonly #budget: MemoryBudget;
  readonly #slabs: SlabPool;
  readonly #queue: PQueue;
  readonly #open = new Set<AheadBody>();

  constructor(budget: MemoryBudget, slabs: SlabPool, concurrency: number) {
    this.#budget = budget;
    this.#slabs = slabs;
    this.#queue = new PQueue({ concurrency });
  }

  /** Begins to read a body as soon as there is a place for it; places are given in the order of the calls. */
  add(open: () => AsyncIterable<Uint8Array>): AheadBody {
    const body = new AheadBody(open, this.#budget, this.#slabs);
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

/** What has arrived of a body. */
export interface Taken {
  /** The bytes, in order; none after the last. */
  readonly chunks: readonly Uint8Array[];
  /** To be called when the bytes are not needed any more: their memory is used again. */
  readonly release: () => void;
}

/** A body that is read ahead of its turn. */
export class AheadBody {
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #budget: MemoryBudget;
  readonly #slabs: SlabPool;
  #chunks: Uint8Array[] = [];
  /** Those of the chunks' memory that is used again; the last is still being filled. */
  #used: Uint8Array[] = [];
  /** How far the last slab is filled, in bytes. */
  #filled = SLAB_BYTES;
  #end: { readonly error?: unknown } | undefined;
  #isItsTurn = false;
  #arrived: (() => void) | undefined;
  #waiting: { cancel(): void } | undefined;

  constructor(open: () => AsyncIterable<Uint8Array>, budget: MemoryBudget, slabs: SlabPool) {
    this.#open = open;
    this.#budget = budget;
    this.#slabs = slabs;
  }

  /** All that is there, once there is anything. An error comes after the bytes before it. */
  async take(): Promise<Taken> {
    this.#isItsTurn = true;
    this.#waiting?.cancel();
    while (this.#chunks.length === 0 && !this.#end)
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    if (this.#chunks.length === 0 && this.#end && 'error' in this.#end) throw this.#end.error;
    const [chunks, used] = this.#empty();
    this.#waiting?.cancel();
    return {
      chunks,
      release: () => {
        for (const slab of used) this.#slabs.give(slab);
      },
    };
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
    for (const slab of this.#empty()[1]) this.#slabs.give(slab);
    this.#waiting?.cancel();
    this.#arrived?.();
  }

  /** Asked anew every time, because it changes while something is awaited. */
  #hasEnded(): boolean {
    return this.#end !== undefined;
  }

  #empty(): [Uint8Array[], Uint8Array[]] {
    const emptied: [Uint8Array[], Uint8Array[]] = [this.#chunks, this.#used];
    for (const chunk of this.#chunks) this.#budget.give(chunk.length);
    this.#chunks = [];
    this.#used = [];
    this.#filled = SLAB_BYTES;
    return emptied;
  }

  #keep(chunk: Uint8Array): void {
    this.#budget.take(chunk.length);
    if (chunk.length * 2 >= SLAB_BYTES) this.#keepWhole(chunk);
    else for (let rest = chunk; rest.length > 0;) rest = this.#copy(rest);
    if (chunk.length > 0) this.#arrived?.();
  }

  #keepWhole(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#filled = SLAB_BYTES; // what comes next stands behind it
  }

  /** Copies what has room in the slab, and gives what has not. */
  #copy(chunk: Uint8Array): Uint8Array {
    if (this.#filled === SLAB_BYTES) {
      this.#used.push(this.#slabs.take());
      this.#filled = 0;
      this.#chunks.push(this.#used.at(-1)!.subarray(0, 0));
    }
    const slab = this.#used.at(-1)!;
    const last = this.#chunks.at(-1)!;
    const length = Math.min(chunk.length, SLAB_BYTES - this.#filled);
    slab.set(chunk.subarray(0, length), this.#filled);
    this.#filled += length;
    this.#chunks[this.#chunks.length - 1] = slab.subarray(0, last.length + length);
    return chunk.subarray(length);
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
