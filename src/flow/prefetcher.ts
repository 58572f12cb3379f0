import PQueue from 'p-queue';

import { FirstChunks } from './first-chunks.js';
import type { MemoryBudget } from './memory-budget.js';
import { type BodyToRead, type Neighbourhood, PrefetchedBody } from './prefetched-body.js';
import type { SlabPool } from './slab-pool.js';

/**
 * Reads bodies before it is their turn, several at once, each into a buffer of its own. What they hold together is
 * bounded by the budget. Only the first of them, the one whose turn it is, goes on without room, a chunk at a time, so
 * that there is always one that can.
 */
export class Prefetcher {
  readonly #shared: Neighbourhood;
  readonly #queue: PQueue;
  /** Bodies that have not been used up, in the order of their turns. */
  readonly #bodies = new Set<PrefetchedBody>();
  #first: PrefetchedBody | undefined;
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(budget: MemoryBudget, slabs: SlabPool, concurrency: number) {
    this.#queue = new PQueue({ concurrency });
    this.#shared = {
      budget,
      slabs,
      firstChunks: new FirstChunks(concurrency),
      isFirst: (body) => body === this.#first,
      onUsedUp: (body) => {
        this.#remove(body);
      },
    };
  }

  /** Begins to read a body as soon as there is a place for it; places are given in the order of the calls. */
  add(toRead: BodyToRead): PrefetchedBody {
    const body = new PrefetchedBody(toRead, this.#shared);
    if (this.#cancelled) {
      body.cancel(this.#cancelled.reason);
      return body;
    }
    this.#bodies.add(body);
    this.#first ??= body;
    void this.#queue.add(() => body.read());
    return body;
  }

  /**
   * Gives up everything that was begun or is waiting: whoever takes of it fails with the reason. Resolves when all of
   * it has let go.
   */
  async cancel(reason: unknown): Promise<void> {
    this.#cancelled ??= { reason };
    this.#queue.clear();
    for (const body of [...this.#bodies]) body.cancel(reason);
    await this.#queue.onIdle();
  }

  #remove(body: PrefetchedBody): void {
    this.#bodies.delete(body);
    if (body !== this.#first) return;
    [this.#first] = this.#bodies;
    this.#first?.lookAgain();
  }
}
