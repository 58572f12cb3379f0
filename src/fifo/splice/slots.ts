// What a thread that writes into pipes and the one that reads ahead for it share.

/** How many files a block has at most. */
export const BLOCK_FILES = 128;
/** How many bytes a block has at most. */
const BLOCK_BYTES = 256 * 1024;
const SLOTS = 8;
/** Per slot: its state, how many files were read, and what each of them came to. */
const CONTROL_INTS = 2 + BLOCK_FILES;

/** What happens to a block, in the lowest two bits of a slot's state; the others count what the slot was used for. */
const BlockState = { posted: 0, claimed: 1, read: 2 } as const;

/** The memory that they share. */
export function createSlots(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOTS * (CONTROL_INTS * 4 + BLOCK_BYTES));
}

/** A place in shared memory for the files of a block, used again and again. */
export class Slot {
  readonly index: number;
  readonly data: Uint8Array;
  /** What each file of the block came to, in bytes. */
  readonly lengths: Int32Array;
  readonly #control: Int32Array;

  constructor(memory: SharedArrayBuffer, index: number) {
    this.index = index;
    this.#control = new Int32Array(memory, index * CONTROL_INTS * 4, CONTROL_INTS);
    this.lengths = this.#control.subarray(2);
    this.data = new Uint8Array(memory, SLOTS * CONTROL_INTS * 4 + index * BLOCK_BYTES, BLOCK_BYTES);
  }

  static all(memory: SharedArrayBuffer): Slot[] {
    return Array.from({ length: SLOTS }, (_, index) => new Slot(memory, index));
  }

  /** How many files were read, once `isRead`. */
  get count(): number {
    return this.#control[1]!;
  }

  /** Begins another use, of which late messages of earlier ones are no part. */
  post(): number {
    const use = ((this.#control[0]! >> 2) + 1) & 0xffffff;
    Atomics.store(this.#control, 0, (use << 2) | BlockState.posted);
    return use;
  }

  /** Says whether the caller is the one to read it. */
  claim(use: number): boolean {
    const posted = (use << 2) | BlockState.posted;
    const claimed = (use << 2) | BlockState.claimed;
    return Atomics.compareExchange(this.#control, 0, posted, claimed) === posted;
  }

  finish(use: number, count: number): void {
    this.#control[1] = count;
    Atomics.store(this.#control, 0, (use << 2) | BlockState.read);
    Atomics.notify(this.#control, 0);
  }

  /** Waits until it is read, but not for long; says whether it is. */
  wait(use: number, timeoutMs: number): boolean {
    const isRead = () => Atomics.load(this.#control, 0) === ((use << 2) | BlockState.read);
    if (isRead()) return true;
    Atomics.wait(this.#control, 0, (use << 2) | BlockState.claimed, timeoutMs);
    return isRead();
  }
}
