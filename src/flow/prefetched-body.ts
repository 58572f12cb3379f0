import type { LocalPart } from '../body/body.js';
import { isBytes } from '../options/checks.js';
import type { ChunkMeter } from './chunk-meter.js';
import type { FirstChunks } from './first-chunks.js';
import { iterateBody, leaveBody } from './iterate-body.js';
import type { MemoryBudget } from './memory-budget.js';
import type { SlabPool } from './slab-pool.js';
import { type Taken, WaitingChunks, areGathered } from './waiting-chunks.js';

/** A body that is to be read, and what it has to be. */
export interface BodyToRead {
  /** How many bytes it has, if that is known. */
  readonly size: number | undefined;
  /** Counts what transforms hold while the body is read. */
  readonly meter?: ChunkMeter | undefined;
  /** Chunks, or ranges of files that last until the next part is asked for. */
  open(): AsyncIterable<LocalPart>;
  /** Throws if a chunk is not what it has to be. */
  check(chunk: LocalPart): void;
  /** Throws if the body may not end here. */
  checkEnd(): void;
  /** What to fail with, for an error of the body's or of the checks'. */
  toFailure(error: unknown): unknown;
}

/** What a body shares with those that are read at the same time. */
export interface Neighbourhood {
  readonly budget: MemoryBudget;
  readonly slabs: SlabPool;
  readonly firstChunks: FirstChunks;
  /** Whether it is this body's turn. */
  readonly isFirst: (body: PrefetchedBody) => boolean;
  /** To be called when nothing of a body is held any more, and nothing will be. */
  readonly onUsedUp: (body: PrefetchedBody) => void;
}

/**
 * As much is read in one turn of the event loop. Whoever delivers more without waiting for anything need not be read
 * far ahead: that would only move bytes about.
 */
const BYTES_PER_TURN = 512 * 1024;
/** … and of small chunks, which take longer to come than to be written: each write wakes the reader. */
const SMALL_BYTES_PER_TURN = 1024 * 1024;

/** Every chunk takes time: it counts as so many bytes at least. */
const LEAST_CHUNK_BYTES = 256;

/** What is worth a write of its own; less waits until the end of the event loop's turn for more to come. */
const GATHERED_BYTES = 256 * 1024;

/** A body that is read ahead of its turn. */
export class PrefetchedBody {
  readonly #toRead: BodyToRead;
  readonly #shared: Neighbourhood;
  readonly #waiting: WaitingChunks;
  /** How many bytes have come, and how many in the largest chunk. */
  #received = 0;
  #largest = 0;
  /** How many bytes are reserved for the chunk that was asked for. */
  #reserved = 0;
  #thisTurn = 0;
  #isTurnOver = true;
  /** How often bytes were taken that have not been released. */
  #taken = 0;
  #end: { readonly error?: unknown } | undefined;
  /** Ends the wait of `take()` as soon as so many bytes wait. */
  #arrival: { readonly bytes: number; readonly resolve: () => void } | undefined;
  /** Ends the wait of `read()`. */
  #resume: (() => void) | undefined;

  constructor(toRead: BodyToRead, shared: Neighbourhood) {
    this.#toRead = toRead;
    this.#shared = shared;
    this.#waiting = new WaitingChunks(shared.budget, shared.slabs);
    toRead.meter?.attach(this);
  }

  get isTurn(): boolean {
    return this.#shared.isFirst(this);
  }

  /**
   * What is there, once there is anything.
   *
   * @throws what the body failed with, after the bytes before it; the reason of `cancel()`.
   */
  async take(): Promise<Taken> {
    if (this.#waiting.bytes === 0) await this.#waitForBytes(1);
    if (this.#waiting.bytes < GATHERED_BYTES) await this.#waitForBytes(GATHERED_BYTES, setImmediate);
    if (this.#waiting.bytes === 0 && this.#end && 'error' in this.#end) throw this.#end.error;
    this.#taken++;
    const taken = this.#waiting.take(() => {
      this.#taken--;
      this.#tellIfUsedUp();
      this.lookAgain();
    });
    this.lookAgain();
    return taken;
  }

  /** Reads the body to its end, as far ahead as there is room. */
  async read(): Promise<void> {
    let chunks: AsyncIterator<LocalPart> | undefined;
    let isOpen = false;
    try {
      chunks = iterateBody(this.#toRead.open());
      while (this.#tryAsk() || (await this.#mayAskLater())) {
        isOpen = false;
        const next = await chunks.next();
        isOpen = !next.done;
        if (!this.#accept(next.done ? undefined : next.value)) break;
        if (!next.done && !isBytes(next.value)) await this.#waitUntilWritten();
        if (this.#thisTurn >= this.#turnBytes) await this.#giveTurn();
      }
    } catch (error) {
      this.#finish({ error: this.#toRead.toFailure(error) });
    }
    if (isOpen) await leaveBody(chunks!);
  }

  cancel(reason: unknown): void {
    this.#waiting.discard();
    this.#end = { error: reason };
    this.#giveBack();
    this.#finish(this.#end);
  }

  /** Looks again whether there is room: there may be, or it is this body's turn now. */
  lookAgain(): void {
    this.#resume?.();
    this.#resume = undefined;
    this.#toRead.meter?.lookAgain();
  }

  /** Resolves when the next chunk may be asked for, or with `false` when nobody wants it any more. */
  async #mayAskLater(): Promise<boolean> {
    do {
      if (this.#end) return false;
      await this.#waitForRoom();
    } while (!this.#tryAsk());
    this.#shared.budget.wakeNext(); // there may be room for more than one
    return true;
  }

  /** Reserves what the next chunk will take, as far as that is known, unless it has to wait. */
  #tryAsk(): boolean {
    if (this.#end) return false;
    if (this.#largest > 0 && this.#waiting.hasRoomFor(this.#largest)) return true; // most small chunks
    const { budget, firstChunks } = this.#shared;
    const { isTurn } = this;
    const isUnknown = this.#received === 0;
    const rest = Math.max((this.#toRead.size ?? Infinity) - this.#received, 0);
    const expected = (isUnknown ? firstChunks.bytes : this.#largest) ?? Infinity;
    if (!isTurn && rest > expected && isUnknown && !firstChunks.mayAsk) return false;
    const needed = this.#waiting.needs(Math.min(rest, expected), isTurn);
    if (needed === 0 || (isTurn ? budget.tryReserveForFirst(needed) : budget.tryReserve(needed)))
      this.#reserved = needed;
    else if (!isTurn || this.#waiting.bytes > 0 || this.#taken > 0) return false;
    if (isUnknown) firstChunks.ask();
    return true;
  }

  /** Takes an answer; `undefined` is the end. Says whether to go on. */
  #accept(chunk: LocalPart | undefined): boolean {
    if (this.#end) return false;
    if (this.#received === 0) this.#shared.firstChunks.answer(isBytes(chunk) ? chunk.length : undefined);
    this.#giveBack();
    if (chunk === undefined) {
      this.#toRead.checkEnd();
      this.#finish({});
      return false;
    }
    this.#toRead.check(chunk);
    this.#received += chunk.length;
    this.#shared.budget.countChunk();
    if (isBytes(chunk)) this.#addBytes(chunk);
    else this.#waiting.addRange(chunk);
    if (this.#arrival && this.#waiting.bytes >= this.#arrival.bytes) this.#arrival.resolve();
    return true;
  }

  #addBytes(chunk: Uint8Array): void {
    this.#countTurn(Math.max(chunk.length, LEAST_CHUNK_BYTES));
    if (chunk.length > this.#largest) this.#largest = chunk.length;
    this.#waiting.add(chunk, this.isTurn);
  }

  /** What was reserved for a chunk, which has come or will not. */
  #giveBack(): void {
    if (this.#reserved === 0) return;
    this.#shared.budget.release(this.#reserved);
    this.#reserved = 0;
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#giveBack();
    this.#end ??= end;
    this.#toRead.meter?.detach(this, this.#end);
    this.#shared.budget.wakeNext();
    this.#arrival?.resolve();
    this.lookAgain();
    this.#tellIfUsedUp();
  }

  #tellIfUsedUp(): void {
    if (this.#end && this.#waiting.bytes === 0 && this.#taken === 0) this.#shared.onUsedUp(this);
  }

  /** Resolves when so many bytes wait, or the body has ended; or when `orAt` calls back. */
  async #waitForBytes(bytes: number, orAt?: (callback: () => void) => unknown): Promise<void> {
    if (this.#end) return;
    await new Promise<void>((resolve) => {
      this.#arrival = { bytes, resolve };
      orAt?.(resolve);
    });
    this.#arrival = undefined;
  }

  /** Resolves when nothing waits or is taken, also if it was cancelled: somebody may be reading a range. */
  async #waitUntilWritten(): Promise<void> {
    while (this.#waiting.bytes > 0 || this.#taken > 0)
      await new Promise<void>((resolve) => (this.#resume = resolve));
  }

  async #waitForRoom(): Promise<void> {
    const waiting = this.#shared.budget.wait();
    this.#resume = () => {
      waiting.cancel();
    };
    await waiting.turn;
    this.#resume = undefined;
  }

  get #turnBytes(): number {
    return areGathered(this.#largest) ? SMALL_BYTES_PER_TURN : BYTES_PER_TURN;
  }

  #countTurn(bytes: number): void {
    this.#thisTurn += bytes;
    if (!this.#isTurnOver) return;
    this.#isTurnOver = false;
    setImmediate(() => {
      this.#isTurnOver = true;
      this.#thisTurn = 0;
    });
  }

  /** Lets the event loop turn, or waits until something is taken if there is much. */
  async #giveTurn(): Promise<void> {
    if (this.#end) return;
    this.#thisTurn = 0;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      if (this.#waiting.bytes < this.#turnBytes) setImmediate(resolve);
    });
    this.#resume = undefined;
  }
}
