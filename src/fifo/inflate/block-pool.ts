// Runs in the threads that inflate.
import type { Turns } from './turns.js';

/** How many bytes a block has. */
export const BLOCK_BYTES = 256 * 1024;

/** Blocks that nobody uses, for all runs of the thread: they are used again, and cost the collector nothing. */
const free: Uint8Array[] = [];

/** Lets go of them. */
export function dropFreeBlocks(): void {
  free.length = 0;
}

/** Memory of one run, within the bound that its threads share. */
export class BlockPool {
  readonly #turns: Turns;
  readonly #wake: () => void;

  /** @param wake - called when another thread may wait for what was given back */
  constructor(turns: Turns, wake: () => void) {
    this.#turns = turns;
    this.#wake = wake;
  }

  tryTake(): Uint8Array | undefined {
    return this.#turns.tryTake(BLOCK_BYTES) ? block() : undefined;
  }

  /** For the object whose turn it is, if it has none. */
  take(): Uint8Array {
    this.#turns.take(BLOCK_BYTES);
    return block();
  }

  give(buffer: Uint8Array): void {
    free.push(buffer);
    if (this.#turns.give(BLOCK_BYTES)) this.#wake();
  }
}

function block(): Uint8Array {
  return free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
}
