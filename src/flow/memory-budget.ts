import type { SlabPool } from './slab-pool.js';

/** The part of the budget that only the first body may use, so that it never waits long for those behind it. */
const FOR_THE_FIRST = 1 / 16;
/** The part that is not for holding: without room for the chunks that come next, nothing could be read ahead any more. */
const FOR_CHUNKS = 1 / 16;

/**
 * How many bytes may be held in memory, shared by everything that runs ahead of the reader. Whoever is about to hold
 * bytes reserves them, and releases them afterwards; whoever finds no room waits for somebody else to release some.
 */
export class MemoryBudget {
  readonly #bytes: number;
  readonly #slabs: SlabPool;
  #held = 0;
  #chunksArrived = 0;
  readonly #waiting = new Set<() => void>();

  constructor(bytes: number, slabs: SlabPool) {
    this.#bytes = bytes;
    this.#slabs = slabs;
  }

  /** Reserves bytes unless there is no room for them. */
  tryReserve(bytes: number): boolean {
    return this.#tryReserve(bytes, this.#bytes * (1 - FOR_THE_FIRST));
  }

  /** The same for what is held for longer, such as an object that has to be known as a whole. */
  tryReserveToHold(bytes: number): boolean {
    return this.#tryReserve(bytes, this.#bytes * (1 - FOR_THE_FIRST - FOR_CHUNKS));
  }

  /** The same for the first body, the one whose turn it is. */
  tryReserveForFirst(bytes: number): boolean {
    return this.#tryReserve(bytes, this.#bytes);
  }

  /** Counts bytes that are there already. It cannot fail, but it may exceed the budget. */
  hold(bytes: number): void {
    this.#held += bytes;
    this.#slabs.trim(this.#bytes - this.#held);
  }

  /** How many chunks have come, also those that are gone by now. */
  get chunksArrived(): number {
    return this.#chunksArrived;
  }

  countChunk(): void {
    this.#chunksArrived++;
  }

  /** Gives back what was reserved or held. */
  release(bytes: number): void {
    if (bytes === 0) return;
    this.#held -= bytes;
    this.wakeNext();
  }

  /** Resolves when there may be room, in the order of asking. May be too early: look again. */
  wait(): { readonly turn: Promise<void>; cancel(): void } {
    let resolve!: () => void;
    const turn = new Promise<void>((resolveTurn) => (resolve = resolveTurn));
    this.#waiting.add(resolve);
    const cancel = () => {
      this.#waiting.delete(resolve);
      resolve();
    };
    return { turn, cancel };
  }

  /** Lets the next one look whether there is room for it. */
  wakeNext(): void {
    for (const resolve of this.#waiting) {
      this.#waiting.delete(resolve);
      resolve();
      return;
    }
  }

  #tryReserve(bytes: number, limit: number): boolean {
    if (this.#held + bytes > limit) return false;
    this.hold(bytes);
    return true;
  }
}
