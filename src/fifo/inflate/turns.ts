const NEXT = 0;
const TURN = 1;
const HELD = 2;
const LIMIT = 3;
const IS_WANTED = 4;
const IS_TOLD = 5;
const OWNERS = 8;
/** More than threads can have claimed at once. */
const OWNER_SLOTS = 64;

/** Memory is counted in units of so many bytes: a 32-bit number of bytes would be too small. */
const UNIT_BYTES = 1024;

/**
 * What the threads of a run share: which object is the next that nobody has claimed, whose turn it is to be written,
 * and how much memory they hold together.
 */
export class Turns {
  readonly shared: Int32Array;

  constructor(shared: Int32Array) {
    this.shared = shared;
  }

  /** @param limitBytes - how much the threads may hold together */
  static create(limitBytes: number): Turns {
    const shared = new Int32Array(new SharedArrayBuffer((OWNERS + OWNER_SLOTS) * 4));
    shared[LIMIT] = Math.min(Math.floor(limitBytes / UNIT_BYTES), 2 ** 31 - 1);
    return new Turns(shared);
  }

  /** The object whose turn it is. */
  get turn(): number {
    return Atomics.load(this.shared, TURN);
  }

  /** Claims the next object for a thread, if one of `count` is left. */
  claim(count: number, thread: number): number | undefined {
    const index = Atomics.add(this.shared, NEXT, 1);
    if (index >= count) return undefined;
    Atomics.store(this.shared, OWNERS + (index % OWNER_SLOTS), thread);
    return index;
  }

  /** Goes on to the next object, and says which thread may have claimed it. Whoever is about to looks by itself. */
  advance(): number {
    const turn = Atomics.add(this.shared, TURN, 1) + 1;
    return Atomics.load(this.shared, OWNERS + (turn % OWNER_SLOTS));
  }

  /** Takes memory unless there is no room: then `give()` will say that somebody wants it. */
  tryTake(bytes: number): boolean {
    if (this.#tryTake(bytes / UNIT_BYTES)) return true;
    Atomics.store(this.shared, IS_WANTED, 1);
    return this.#tryTake(bytes / UNIT_BYTES); // what was given back in between, nobody was told of
  }

  /** Takes memory although there may be no room: for the object whose turn it is, which has to go on. */
  take(bytes: number): void {
    Atomics.add(this.shared, HELD, bytes / UNIT_BYTES);
  }

  /** Gives memory back; says whether somebody may be waiting for it. */
  give(bytes: number): boolean {
    Atomics.sub(this.shared, HELD, bytes / UNIT_BYTES);
    return Atomics.exchange(this.shared, IS_WANTED, 0) === 1;
  }

  /** Says whether the main thread has to be told of progress: it has looked since it was told last. */
  shouldTell(): boolean {
    return Atomics.exchange(this.shared, IS_TOLD, 1) === 0;
  }

  /** The main thread looks: what comes from now on, it has to be told of. */
  look(): number {
    Atomics.store(this.shared, IS_TOLD, 0);
    return this.turn;
  }

  #tryTake(units: number): boolean {
    for (;;) {
      const held = Atomics.load(this.shared, HELD);
      if (held + units > this.shared[LIMIT]!) return false;
      if (Atomics.compareExchange(this.shared, HELD, held, held + units) === held) return true;
    }
  }
}
