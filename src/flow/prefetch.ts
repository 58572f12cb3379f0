import PQueue from 'p-queue';

import type { MemoryBudget } from './memory-budget.js';
import { SLAB_BYTES, type SlabPool } from './buffer-pool.js';

/**
 * Reads bodies before it is their turn, several at once, each into a buffer of its own. What they hold together
 * is bounded by the budget; the one whose turn it is always goes on, however much the others hold, so that there
 * is always one that can.
 */
export class Prefetcher {
  readonly #budget: MemoryBudget;
  readonly #slabs: SlabPool;
  readonly #queue: PQueue;
  readonly #open = new Set<PrefetchedBody>();
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(budget: MemoryBudget, slabs: SlabPool, concurrency: number) {
    this.#budget = budget;
    this.#slabs = slabs;
    this.#queue = new PQueue({ concurrency });
  }

  /** Begins to read a body as soon as there is a place for it; places are given in the order of the calls. */
  add(open: () => AsyncIterable<Uint8Array>): PrefetchedBody {
    const body = new PrefetchedBody(open, this.#budget, this.#slabs);
    if (this.#cancelled) {
      body.cancel(this.#cancelled.reason);
      return body;
    }
    this.#open.add(body);
    void this.#queue.add(() => body.pull()).finally(() => this.#open.delete(body));
    return body;
  }

  /**
   * Gives up everything that was begun or is waiting: whoever takes of it fails with the reason. Resolves when all of
   * it has let go.
   */
  async cancel(reason: unknown): Promise<void> {
    this.#cancelled ??= { reason };
    this.#queue.clear();
    for (const body of this.#open) body.cancel(reason);
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
export class PrefetchedBody {
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #budget: MemoryBudget;
  readonly #slabs: SlabPool;
  #chunks: Uint8Array[] = [];
  /** Those of the chunks' memory that is used again. */
  #used: Uint8Array[] = [];
  /** Whether the last slab has room. */
  #isSlabOpen = false;
  /** Whether the last chunk is a small one that was kept as it is. */
  #hasSmall = false;
  /** How much of the budget the chunks take, in bytes. */
  #held = 0;
  #end: { readonly error?: unknown } | undefined;
  #isItsTurn = false;
  #arrived: (() => void) | undefined;
  #waiting: { cancel(): void } | undefined;

  constructor(open: () => AsyncIterable<Uint8Array>, budget: MemoryBudget, slabs: SlabPool) {
    this.#open = open;
    this.#budget = budget;
    this.#slabs = slabs;
  }

  /**
   * All that is there, once there is anything.
   *
   * @throws what the body failed with, after the bytes before it; the reason of `cancel()`.
   */
  async take(): Promise<Taken> {
    this.#isItsTurn = true;
    this.#waiting?.cancel();
    while (this.#chunks.length === 0 && !this.#end)
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    if (this.#chunks.length === 0 && this.#end && 'error' in this.#end) throw this.#end.error;
    const { chunks, release } = this.#handOver();
    this.#waiting?.cancel();
    return { chunks, release };
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

  cancel(reason: unknown): void {
    this.#end = { error: reason };
    this.#handOver().release();
    this.#waiting?.cancel();
    this.#arrived?.();
  }

  /** Asked anew every time, because it changes while something is awaited. */
  #hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** What is there, in memory that counts until it is released. */
  #handOver(): Taken {
    const [chunks, used, held] = [this.#chunks, this.#used, this.#held];
    this.#chunks = [];
    this.#used = [];
    this.#held = 0;
    this.#isSlabOpen = false;
    this.#hasSmall = false;
    const release = () => {
      for (const slab of used) this.#slabs.give(slab);
      this.#budget.give(held);
    };
    return { chunks, release };
  }

  /** Small chunks share a slab, but not the first of them: most small objects are one chunk. */
  #keep(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const isSmall = chunk.length * 2 < SLAB_BYTES;
    if (isSmall && (this.#isSlabOpen || this.#hasSmall)) {
      for (let rest = chunk; rest.length > 0;) rest = this.#copy(rest);
    } else {
      this.#hold(chunk.length);
      this.#chunks.push(chunk);
      this.#isSlabOpen = false; // what comes next stands behind it
      this.#hasSmall = isSmall;
    }
    this.#arrived?.();
  }

  /** Copies what has room in the slab, and gives what has not. */
  #copy(chunk: Uint8Array): Uint8Array {
    if (!this.#isSlabOpen) this.#openSlab();
    const slab = this.#used.at(-1)!;
    const filled = this.#chunks.at(-1)!.length;
    const length = Math.min(chunk.length, SLAB_BYTES - filled);
    slab.set(chunk.subarray(0, length), filled);
    this.#chunks[this.#chunks.length - 1] = slab.subarray(0, filled + length);
    this.#isSlabOpen = filled + length < SLAB_BYTES;
    return chunk.subarray(length);
  }

  #openSlab(): void {
    this.#hold(SLAB_BYTES);
    const slab = this.#slabs.take();
    this.#used.push(slab);
    this.#chunks.push(slab.subarray(0, 0));
    this.#isSlabOpen = true;
  }

  #hold(bytes: number): void {
    this.#budget.take(bytes);
    this.#held += bytes;
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
