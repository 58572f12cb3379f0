/** How many bytes a block has. */
const BLOCK_BYTES = 256 * 1024;

/** More is not reserved, however much a channel may hold: it is reserved in one piece. */
const MOST_BYTES = 1024 * 1024 * 1024;

/** Memory that the threads of a run share, and who uses which block of it. */
export interface SharedBlocks {
  readonly memory: SharedArrayBuffer;
  /** `[0]`: whether somebody waits for a block; then for each block whether it is used, the spare one last. */
  readonly used: Int32Array;
}

/**
 * Memory for as many blocks as the bound has room for, and a spare one for the object whose turn it is. What is
 * reserved costs nothing before it is used.
 *
 * @param reusable - memory that no run uses any more, which is taken if it is large enough
 */
export function shareBlocks(limitBytes: number, reusable?: SharedArrayBuffer): SharedBlocks {
  const count = Math.floor(Math.min(limitBytes, MOST_BYTES) / BLOCK_BYTES) + 1;
  const bytes = count * BLOCK_BYTES;
  const isEnough = reusable !== undefined && reusable.byteLength >= bytes;
  return {
    memory: isEnough ? reusable : new SharedArrayBuffer(bytes),
    used: new Int32Array(new SharedArrayBuffer((count + 1) * 4)),
  };
}

/** The blocks of a run, from one thread's side. Those in front are used first, and so again and again. */
export class BlockPool {
  readonly #memory: SharedArrayBuffer;
  readonly #used: Int32Array;
  readonly #wake: () => void;

  /** @param wake - called when another thread may wait for what was given back */
  constructor({ memory, used }: SharedBlocks, wake: () => void) {
    this.#memory = memory;
    this.#used = used;
    this.#wake = wake;
  }

  /** A block, unless all are used: then somebody will be woken when one is given back. */
  tryTake(): Uint8Array | undefined {
    const block = this.#find();
    if (block) return block;
    Atomics.store(this.#used, 0, 1);
    return this.#find(); // what was given back in between, nobody was told of
  }

  /** For the object whose turn it is, if it has none: there is always one. */
  take(): Uint8Array {
    return this.#find() ?? this.#block(this.#used.length - 1);
  }

  give(block: Uint8Array): void {
    this.giveAt(block.byteOffset);
  }

  /** @param offset - a place in the memory: the block that it is in */
  giveAt(offset: number): void {
    Atomics.store(this.#used, Math.floor(offset / BLOCK_BYTES) + 1, 0);
    if (Atomics.exchange(this.#used, 0, 0) === 1) this.#wake();
  }

  /** Bytes of a block that another thread has filled. */
  view(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory, offset, length);
  }

  #find(): Uint8Array | undefined {
    for (let index = 1; index < this.#used.length - 1; index++)
      if (Atomics.compareExchange(this.#used, index, 0, 1) === 0) return this.#block(index);
    return undefined;
  }

  #block(index: number): Uint8Array {
    return new Uint8Array(this.#memory, (index - 1) * BLOCK_BYTES, BLOCK_BYTES);
  }
}
