// Runs in the threads that inflate.
import type { Bells } from '../bells.js';

const WRITER = 0;
const OWNER = 1;
const PUT = 2;
const TAKEN = 3;
const ENTRIES = 4;
/** As many blocks fit. */
const CAPACITY = 16;
const NOBODY = 0;

/** A piece of the memory that the threads of a run share, by its place there. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/**
 * What the thread that inflates the object whose turn it is gives to another one to write, which has nothing left to
 * inflate. The first to offer it writes until the run is over.
 */
export class Outbox {
  readonly shared: Int32Array;
  readonly #bells: Bells;
  readonly #thread: number;

  /** @param thread - which of the bells is the own one */
  constructor(bells: Bells, thread: number, shared: Int32Array) {
    this.shared = shared;
    this.#bells = bells;
    this.#thread = thread;
  }

  static makeShared(): Int32Array {
    return new Int32Array(new SharedArrayBuffer((ENTRIES + 2 * CAPACITY) * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Whether there is somebody who writes. */
  get hasWriter(): boolean {
    return Atomics.load(this.shared, WRITER) !== NOBODY;
  }

  /** How many pieces wait to be written. */
  get waiting(): number {
    return Atomics.load(this.shared, PUT) - Atomics.load(this.shared, TAKEN);
  }

  /** Offers to write; says whether nobody else does. */
  offer(): boolean {
    const me = this.#thread + 1;
    const writer = Atomics.compareExchange(this.shared, WRITER, NOBODY, me);
    return writer === NOBODY || writer === me;
  }

  /** Adds a piece, if there is room for it. */
  put({ offset, length }: Piece): boolean {
    const count = Atomics.load(this.shared, PUT);
    if (count - Atomics.load(this.shared, TAKEN) === CAPACITY) return false;
    const entry = entryOf(count);
    this.shared[entry] = offset;
    this.shared[entry + 1] = length;
    Atomics.store(this.shared, OWNER, this.#thread);
    Atomics.store(this.shared, PUT, count + 1);
    this.wakeWriter();
    return true;
  }

  wakeWriter(): void {
    const writer = Atomics.load(this.shared, WRITER);
    if (writer !== NOBODY) this.#bells.ring(writer - 1);
  }

  /** The piece to write next. */
  peek(): Piece | undefined {
    if (this.waiting === 0) return undefined;
    const entry = entryOf(Atomics.load(this.shared, TAKEN));
    return { offset: this.shared[entry]!, length: this.shared[entry + 1]! };
  }

  /** All of that piece has been written. */
  shift(): void {
    Atomics.add(this.shared, TAKEN, 1);
    this.#bells.ring(Atomics.load(this.shared, OWNER));
  }
}

function entryOf(count: number): number {
  return ENTRIES + 2 * (count % CAPACITY);
}
