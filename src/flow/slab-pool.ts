const LARGEST_BYTES = 256 * 1024;
const SMALLEST_BYTES = 16 * 1024;
/** So many slabs at least fit into the budget: twice as many as bodies that are read at once. */
const SLABS = 64;

/**
 * Memory that is used again and again: what is read ahead waits longer than the garbage collector likes, and
 * small buffers that wait cost it more time than copying them into few large ones.
 */
export class SlabPool {
  /** How large a slab is. */
  readonly slabBytes: number;
  readonly #free: Uint8Array[] = [];
  #isClosed = false;

  /** @param budget - how many bytes there are for all slabs and for what else is held */
  constructor(budget: number) {
    this.slabBytes = Math.min(Math.max(Math.floor(budget / SLABS), SMALLEST_BYTES), LARGEST_BYTES);
  }

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.slabBytes);
  }

  give(slab: Uint8Array): void {
    if (!this.#isClosed) this.#free.push(slab);
  }

  /** Drops slabs that nobody uses, so that they take no more than so many bytes. */
  trim(bytes: number): void {
    const most = Math.max(Math.floor(bytes / this.slabBytes), 0);
    if (this.#free.length > most) this.#free.length = most;
  }

  /** Keeps no slab from now on. */
  close(): void {
    this.#isClosed = true;
    this.#free.length = 0;
  }
}
