// Runs in the threads that inflate: nothing here may wait for a reader.
import type { LocalPart } from '../../body/body.js';
import { unpackParts } from '../../body/packed-parts.js';
import { PartsReader } from '../../body/parts-reader.js';
import type { Libc } from '../../native/libc.js';
import { InflatedReader } from '../../transform/inflate/inflated-reader.js';
import { serializeError } from '../../workers/serialize-error.js';
import type { Bells } from '../bells.js';
import type { PipeState } from '../room-watch.js';
import { BlockPool } from './block-pool.js';
import type { InflateOutcome, InflateResponse, InflateRun } from './messages.js';
import { ObjectWriter, type Progress } from './object-writer.js';
import { Outbox } from './outbox.js';
import { PieceWriter } from './piece-writer.js';
import { Turns } from './turns.js';

/** The thread that a run is a part of. */
interface Surroundings {
  readonly libc: Libc;
  readonly bells: Bells;
  readonly thread: number;
  readonly tell: (response: Omit<InflateResponse, 'id'>) => void;
}

interface Claimed {
  readonly index: number;
  readonly reader: InflatedReader;
  readonly writer: ObjectWriter;
}

/** As much has to be taken before it shows whether the reader keeps up: more than the pipe holds. */
const KEPT_UP_BYTES = 2 * 1024 * 1024;
/** How many blocks are inflated ahead as long as the reader has not kept up: more than it can take at once … */
const FEW_BLOCKS = 5;
/** … and while it does not at the moment. */
const MANY_BLOCKS = 12;

/** Readers that no object uses, for all runs of the thread. */
const readers: InflatedReader[] = [];
const SPARE_READERS = 4;

/** One thread's share of a run: claims one object after the other, inflates it, and writes it when its turn comes. */
export class RunMember {
  /** The pipe's descriptor. */
  readonly fd: number;
  /** `full`: the pipe had no room when this thread wrote last. */
  state: PipeState = 'ready';
  readonly #run: InflateRun;
  readonly #thread: Surroundings;
  readonly #turns: Turns;
  readonly #pool: BlockPool;
  readonly #parts: readonly LocalPart[];
  /** Where each object's parts begin. */
  readonly #starts: Uint32Array;
  readonly #outbox: Outbox;
  readonly #pieces: PieceWriter;
  #claimed: Claimed | undefined;
  #isOver = false;

  constructor(run: InflateRun, thread: Surroundings) {
    this.fd = run.fd;
    this.#run = run;
    this.#thread = thread;
    this.#turns = new Turns(run.turns);
    this.#pool = new BlockPool(run.blocks, () => {
      thread.bells.ringAll();
    });
    this.#outbox = new Outbox(thread.bells, thread.thread, run.outbox);
    this.#pieces = new PieceWriter({ ...run, libc: thread.libc }, this.#outbox, this.#pool);
    this.#parts = unpackParts(run.parts);
    this.#starts = startsOf(run.partsOf);
  }

  /** Whether the thread has let go of the run. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Goes on for some milliseconds at most; says whether it can go on at once. */
  step(): boolean {
    if (this.#isOver) return false;
    this.#claimed ??= this.#claim();
    if (!this.#claimed && !this.#isWanted()) {
      this.#end('done');
      return false;
    }
    const index = this.#claimed?.index ?? this.#turns.turn;
    try {
      return this.#proceed(this.#claimed ? this.#inflate(this.#claimed) : this.#writeForOthers());
    } catch (error) {
      this.#end({ index, error: serializeError(error) });
      return false;
    }
  }

  #inflate({ index, writer }: Claimed): Progress {
    const isTurn = this.#turns.turn === index;
    if (isTurn) this.#noteBacklog(writer);
    return writer.step(isTurn, this.state !== 'full', this.#enough(isTurn));
  }

  /** With nothing left to inflate: whether it is this thread that writes what others inflate, until the run is over. */
  #isWanted(): boolean {
    return !this.#isRunOver && !this.#run.recordio && this.#outbox.offer();
  }

  #writeForOthers(): Progress {
    return this.state === 'full' ? 'full' : this.#pieces.step();
  }

  /** Wakes those who have waited for the reader. */
  #noteBacklog(writer: ObjectWriter): void {
    const backlog = writer.backlog(true);
    const turns = this.#turns;
    const mayGoOn = turns.backlog >= MANY_BLOCKS && backlog < MANY_BLOCKS;
    const keepsUp = !turns.hasReaderKeptUp && writer.isDrained && this.#run.taken[0]! >= KEPT_UP_BYTES;
    turns.backlog = backlog;
    if (keepsUp) turns.noteThatReaderKeepsUp();
    if (mayGoOn || keepsUp) this.#thread.bells.ringAll();
  }

  /** How many blocks an object is inflated ahead: few if it is not inflating that takes the time, but the reader. */
  #enough(isTurn: boolean): number {
    if (!this.#turns.hasReaderKeptUp) return FEW_BLOCKS;
    return isTurn || this.#turns.backlog >= MANY_BLOCKS ? MANY_BLOCKS : Infinity;
  }

  /** Ends the thread's share, wherever it is. */
  cancel(): void {
    if (!this.#isOver) this.#end('closed');
  }

  #proceed(progress: Progress): boolean {
    switch (progress) {
      case 'more':
        return true;
      case 'waiting':
        return false;
      case 'full':
        this.state = 'full';
        return false;
      case 'closed':
        this.#end('closed');
        return false;
      case 'done':
        this.#finish();
        return true;
    }
  }

  #claim(): Claimed | undefined {
    const index = this.#turns.claim(this.#run.partsOf.length, this.#thread.thread);
    if (index === undefined) return undefined;
    const reader = readers.pop() ?? new InflatedReader();
    const parts = this.#parts.slice(this.#starts[index], this.#starts[index + 1]);
    reader.open(new PartsReader({ parts }));
    const target = { ...this.#run, libc: this.#thread.libc, outbox: this.#outbox };
    return { index, reader, writer: new ObjectWriter(target, reader, this.#pool) };
  }

  get #isRunOver(): boolean {
    return this.#turns.turn >= this.#run.partsOf.length;
  }

  #finish(): void {
    const { index, writer } = this.#claimed!;
    this.#run.sizes[index] = writer.written;
    this.#release();
    this.#thread.bells.ring(this.#turns.advance());
    if (this.#isRunOver) this.#outbox.wakeWriter();
    if (this.#turns.shouldTell()) this.#thread.tell({});
  }

  #end(outcome: InflateOutcome): void {
    this.#isOver = true;
    this.#release();
    this.#thread.tell({ outcome });
  }

  #release(): void {
    if (!this.#claimed) return;
    const { reader, writer } = this.#claimed;
    this.#claimed = undefined;
    this.state = 'ready';
    writer.close();
    reader.close();
    if (readers.length < SPARE_READERS) readers.push(reader);
    else reader.end();
  }
}

function startsOf(partsOf: Uint32Array): Uint32Array {
  const starts = new Uint32Array(partsOf.length + 1);
  partsOf.forEach((count, index) => {
    starts[index + 1] = starts[index]! + count;
  });
  return starts;
}
