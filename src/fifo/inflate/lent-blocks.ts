// Runs in the threads that inflate.
import { EINVAL, ENOSYS, EPERM, type Libc } from '../../native/libc.js';
import type { BlockPool } from './block-pool.js';

/** A block that the pipe has by reference, and where its last byte is among all that the pipe was given. */
interface Lent {
  readonly block: Uint8Array;
  readonly end: number;
}

/** Fewer bytes are copied: it costs no more than to lend them. */
const LEAST_BYTES = 16 * 1024;

/**
 * Moves blocks into a pipe without copying them, by `vmsplice`: the pipe refers to their memory, so nobody may write to it
 * until the reader has read it. Until then they are lent, and then go back to the pool.
 */
export class LentBlocks {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #taken: Float64Array;
  readonly #pool: BlockPool;
  readonly #lent: Lent[] = [];
  #isPossible = true;

  /** @param taken - `[0]` is how many bytes the pipe has taken, of all threads; shared */
  constructor(libc: Libc, fd: number, taken: Float64Array, pool: BlockPool) {
    this.#libc = libc;
    this.#fd = fd;
    this.#taken = taken;
    this.#pool = pool;
  }

  /** Whether bytes of a block may be lent: it is not the one of which there is only one. */
  mayLend(block: Uint8Array, bytes: Uint8Array): boolean {
    return this.#isPossible && bytes.length >= LEAST_BYTES && !this.#pool.isSpare(block);
  }

  /** Moves bytes into the pipe; what `write` gives, or `undefined` if the system cannot do that. */
  move(bytes: Uint8Array): number | undefined {
    const moved = this.#libc.vmsplice(this.#fd, bytes);
    if (moved >= 0 || !isRefused(moved)) return moved;
    this.#isPossible = false;
    return undefined;
  }

  /** Takes a block over all of whose bytes the pipe has. */
  add(block: Uint8Array): void {
    this.#lent.push({ block, end: this.#taken[0]! });
  }

  /** Gives back what the reader has read; says whether anything is still lent. */
  collect(): boolean {
    if (this.#lent.length === 0) return false;
    // In this order: what another thread writes in between counts as unread, and not as taken.
    const taken = this.#taken[0]!;
    const read = taken - this.#libc.unread(this.#fd);
    while (this.#lent.length > 0 && this.#lent[0]!.end <= read) this.#pool.give(this.#lent.shift()!.block);
    return this.#lent.length > 0;
  }
}

/** Sandboxes refuse the call, or do not know it. */
function isRefused(result: number): boolean {
  return result === -EINVAL || result === -ENOSYS || result === -EPERM;
}
