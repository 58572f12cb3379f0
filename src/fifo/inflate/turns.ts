const NEXT = 0;
const TURN = 1;
const IS_TOLD = 2;
const BACKLOG = 3;
const HAS_KEPT_UP = 4;
const OWNERS = 5;
/** More than threads can have claimed at once. */
const OWNER_SLOTS = 64;

/**
 * What the threads of a run share: which object is the next that nobody has claimed, and whose turn it is to be
 * written.
 */
export class Turns {
  readonly shared: Int32Array;

  constructor(shared: Int32Array = new Int32Array(new SharedArrayBuffer((OWNERS + OWNER_SLOTS) * 4))) {
    this.shared = shared;
  }

  /** The object whose turn it is. */
  get turn(): number {
    return Atomics.load(this.shared, TURN);
  }

  /** How many blocks of the object whose turn it is wait for the reader. */
  get backlog(): number {
    return Atomics.load(this.shared, BACKLOG);
  }

  set backlog(blocks: number) {
    Atomics.store(this.shared, BACKLOG, blocks);
  }

  /** Whether the reader has once taken everything as soon as it was inflated. */
  get hasReaderKeptUp(): boolean {
    return Atomics.load(this.shared, HAS_KEPT_UP) === 1;
  }

  noteThatReaderKeepsUp(): void {
    Atomics.store(this.shared, HAS_KEPT_UP, 1);
  }

  /** Claims the next object for a thread, if one of `count` is left. */
  claim(count: number, thread: number): number | undefined {
    if (Atomics.load(this.shared, NEXT) >= count) return undefined; // asked again and again by who writes for others
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

  /** Says whether the main thread has to be told of progress: it has looked since it was told last. */
  shouldTell(): boolean {
    return Atomics.exchange(this.shared, IS_TOLD, 1) === 0;
  }

  /** The main thread looks: what comes from now on, it has to be told of. */
  look(): number {
    Atomics.store(this.shared, IS_TOLD, 0);
    return this.turn;
  }
}
