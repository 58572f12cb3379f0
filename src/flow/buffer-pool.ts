/** How large a slab is, in bytes. Chunks that are at least half as large are kept as they are. */
export const SLAB_BYTES = 256 * 1024;

/**
 * Memory that is used again and again: what is read ahead waits longer than the garbage collector likes, and
 * small buffers that wait cost it more time than copying them into few large ones.
 */
export class SlabPool {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  give(slab: Uint8Array): void {
    this.#free.push(slab);
  }
}
