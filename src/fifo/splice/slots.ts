// What a thread that writes into pipes and the one that reads ahead for it share.

/** How many files a block has at most. */
export const BLOCK_FILES = 128;
/** How many bytes a block has at most. */
const BLOCK_BYTES = 256 * 1024;
const SLOTS = 8;
/** A path, and as many names as a block has: the kernel allows 4,096 and 255 bytes each. */
const TEXT_BYTES = 4096 + BLOCK_FILES * 256;

/** Where a slot's control has what, in integers; behind it, what each file came to. */
const Control = { state: 0, count: 1, pass: 2, isRecordIO: 3, textBytes: 4, lengths: 5 } as const;
const CONTROL_INTS = Control.lengths + BLOCK_FILES;

/** What all slots have in common, in integers in front of them: how many blocks were posted, and whether the helper sleeps. */
const Common = { posted: 0, isAsleep: 1, ints: 2 } as const;

/** A number of 64 bits per slot, at an address that is a multiple of that: since when files must not have changed. */
const SETTLED_AT = Common.ints * 4;
const CONTROLS_AT = SETTLED_AT + SLOTS * 8;
const TEXTS_AT = CONTROLS_AT + SLOTS * CONTROL_INTS * 4;
const DATA_AT = TEXTS_AT + SLOTS * TEXT_BYTES;

/** What happens to a block, in the lowest two bits of a slot's state; the others count what the slot was used for. */
const BlockState = { posted: 0, claimed: 1, read: 2 } as const;

/** Files of one directory that are to be read. */
export interface BlockOfFiles {
  /** Which reading of a directory it belongs to. */
  readonly pass: number;
  /** See `SmallFiles`. */
  readonly settledBefore: number;
  readonly isRecordIO: boolean;
  readonly base: string;
  readonly names: readonly string[];
}

/** The memory that they share. */
export function createSlots(): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA_AT + SLOTS * BLOCK_BYTES);
}

/** Tells the thread that helps of new blocks: by memory as long as it is awake, which costs no system call. */
export class Bulletin {
  readonly #common: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#common = new Int32Array(memory, 0, Common.ints);
    Atomics.store(this.#common, Common.isAsleep, 1);
  }

  /** Says that a block was posted, and whether the other thread has to be woken by a message. */
  tell(): boolean {
    Atomics.add(this.#common, Common.posted, 1);
    Atomics.notify(this.#common, Common.posted);
    return Atomics.exchange(this.#common, Common.isAsleep, 0) === 1;
  }

  /** How many blocks were posted so far. */
  get posted(): number {
    return Atomics.load(this.#common, Common.posted);
  }

  /** Waits until more than so many were posted, or not for longer than that; says whether any was. */
  wait(posted: number, timeoutMs: number): boolean {
    return Atomics.wait(this.#common, Common.posted, posted, timeoutMs) !== 'timed-out';
  }

  /** Falls asleep, unless more than so many were posted: from then on a message wakes it. */
  sleep(posted: number): boolean {
    Atomics.store(this.#common, Common.isAsleep, 1);
    if (this.posted === posted) return true;
    Atomics.store(this.#common, Common.isAsleep, 0);
    return false;
  }
}

/** A place in shared memory for the files of a block, used again and again. */
export class Slot {
  readonly data: Uint8Array;
  /** What each file of the block came to, in bytes. */
  readonly lengths: Int32Array;
  readonly #control: Int32Array;
  readonly #settledBefore: Float64Array;
  readonly #text: Buffer;

  constructor(memory: SharedArrayBuffer, index: number) {
    this.#control = new Int32Array(memory, CONTROLS_AT + index * CONTROL_INTS * 4, CONTROL_INTS);
    this.lengths = this.#control.subarray(Control.lengths);
    this.#settledBefore = new Float64Array(memory, SETTLED_AT + index * 8, 1);
    this.#text = Buffer.from(memory, TEXTS_AT + index * TEXT_BYTES, TEXT_BYTES);
    this.data = new Uint8Array(memory, DATA_AT + index * BLOCK_BYTES, BLOCK_BYTES);
    Atomics.compareExchange(this.#control, Control.state, 0, BlockState.read);
  }

  static all(memory: SharedArrayBuffer): Slot[] {
    return Array.from({ length: SLOTS }, (_, index) => new Slot(memory, index));
  }

  /** How many files were read, once that is over. */
  get count(): number {
    return this.#control[Control.count]!;
  }

  /** Posts a block to be read by whoever claims it first, and says which use of the slot that is: late claims are of another one. */
  post({ pass, settledBefore, isRecordIO, base, names }: BlockOfFiles): number {
    const use = ((this.#control[Control.state]! >> 2) + 1) & 0xffffff;
    this.#control[Control.pass] = pass;
    this.#settledBefore[0] = settledBefore;
    this.#control[Control.isRecordIO] = Number(isRecordIO);
    this.#control[Control.textBytes] = this.#text.write(`${base}\0${names.join('\0')}`);
    Atomics.store(this.#control, Control.state, (use << 2) | BlockState.posted);
    return use;
  }

  /** Claims whatever is posted; says which use of the slot that is. */
  claimAny(): number | undefined {
    const state = Atomics.load(this.#control, Control.state);
    if ((state & 3) !== BlockState.posted) return undefined;
    return this.claim(state >> 2) ? state >> 2 : undefined;
  }

  /** Says whether the caller is the one to read it. */
  claim(use: number): boolean {
    const posted = (use << 2) | BlockState.posted;
    const claimed = (use << 2) | BlockState.claimed;
    return Atomics.compareExchange(this.#control, Control.state, posted, claimed) === posted;
  }

  /** What is to be read, for whoever has claimed it. */
  get block(): BlockOfFiles {
    const [base, ...names] = this.#text.toString('utf8', 0, this.#control[Control.textBytes]).split('\0');
    return {
      pass: this.#control[Control.pass]!,
      settledBefore: this.#settledBefore[0]!,
      isRecordIO: this.#control[Control.isRecordIO] === 1,
      base: base!,
      names,
    };
  }

  finish(use: number, count: number): void {
    this.#control[Control.count] = count;
    Atomics.store(this.#control, Control.state, (use << 2) | BlockState.read);
    Atomics.notify(this.#control, Control.state);
  }

  /** Waits until it is read, but not for long; says whether it is. */
  wait(use: number, timeoutMs: number): boolean {
    const isRead = () => Atomics.load(this.#control, Control.state) === ((use << 2) | BlockState.read);
    if (isRead()) return true;
    Atomics.wait(this.#control, Control.state, (use << 2) | BlockState.claimed, timeoutMs);
    return isRead();
  }
}
