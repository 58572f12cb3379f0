import { settleWithin } from '../abort/settle-within.js';
import type { TakeChunk } from '../body/each-chunk.js';
import { isBytes } from '../options/checks.js';
import type { FirstChunks } from './first-chunks.js';
import { iterateBody, leaveBody } from './iterate-body.js';
import type { MemoryBudget } from './memory-budget.js';

/** A body whose chunks are counted. */
export interface MeteredSource {
  readonly body: AsyncIterable<Uint8Array>;
  /** How many bytes it has, if that is known. */
  readonly size: number | undefined;
  /** Told what the body fails with. */
  readonly onError: (error: unknown) => void;
}

interface Meter {
  readonly budget: MemoryBudget;
  readonly firstChunks: FirstChunks;
  readonly isTurn: boolean;
  readonly failure: { readonly error: unknown } | undefined;
}

type Next = IteratorResult<Uint8Array, undefined>;

const END = { done: true, value: undefined } as const;

/** The chunks of a body. What the last one takes is in the budget from before it is asked for until the next one is. */
export class MeteredChunks implements AsyncIterator<Uint8Array, undefined> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #size: number;
  readonly #onError: (error: unknown) => void;
  readonly #meter: Meter;
  readonly #onEnd: () => void;
  /** How much of the budget is reserved or held. */
  #held = 0;
  #received = 0;
  #largest = 0;
  #isFirstAsked = false;
  /** Settles when what was asked for is there. */
  #asked: Promise<Next> | undefined;
  #hasEnded = false;
  #isLeft = false;
  /** Ends the wait for room. */
  #resume: (() => void) | undefined;

  constructor({ body, size, onError }: MeteredSource, meter: Meter, onEnd: () => void) {
    this.#chunks = iterateBody(body);
    this.#size = size ?? Infinity;
    this.#onError = onError;
    this.#meter = meter;
    this.#onEnd = onEnd;
  }

  /** Answers one after the other, as a generator does. */
  next(): Promise<Next> {
    if (this.#asked) return this.#asked.then(this.#nextAgain, this.#nextAgain);
    this.#asked = this.#tryAsk() ? this.#ask() : this.#askLater();
    return this.#asked;
  }

  /** Hands over all of them, without a promise of our own for every chunk. Leaves the body if `take` fails. */
  async each(take: TakeChunk): Promise<void> {
    for (;;) {
      let next: Next;
      if (this.#tryAsk())
        try {
          next = this.#accept(await this.#chunks.next());
        } catch (error) {
          return this.#fail(error);
        }
      else next = await this.#waitAndAsk();
      if (next.done) return;
      try {
        const room = take(next.value);
        if (room) await room;
      } catch (error) {
        await this.return().catch(() => undefined); // the first error counts
        throw error;
      }
    }
  }

  /** Does not wait for long: a body that cannot be left would hide what a transform fails with. */
  async return(): Promise<Next> {
    this.#isLeft = true;
    this.end();
    await settleWithin([leaveBody(this.#chunks)]);
    return END;
  }

  /** Gives back what is held, and counts no more. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hold(0);
    this.#hasEnded = true;
    this.#onEnd();
    this.lookAgain();
  }

  /** Looks again whether there is room. */
  lookAgain(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  readonly #nextAgain = (): Promise<Next> => this.next();

  /** Reserves what the next chunk will take, as far as that is known, unless it has to wait. */
  #tryAsk(): boolean {
    if (this.#hasEnded) return !this.#isUnwanted;
    const { firstChunks } = this.#meter;
    const isUnknown = this.#received === 0;
    const rest = Math.max(this.#size - this.#received, 0);
    const expected = (isUnknown ? firstChunks.bytes : this.#largest) ?? Infinity;
    const more = Math.min(rest, expected) - this.#held;
    if (isUnknown) {
      const mayAsk = rest <= expected || firstChunks.mayAsk || this.#meter.isTurn;
      if (!mayAsk || !this.#tryReserve(more)) return false;
      firstChunks.ask();
      this.#isFirstAsked = true;
      return true;
    }
    return more <= 0 || this.#tryReserve(more);
  }

  /** When it is the object's turn, nothing waits for room. */
  #tryReserve(bytes: number): boolean {
    if (bytes <= 0) return true;
    const { budget, isTurn } = this.#meter;
    const isReserved = isTurn ? budget.tryReserveForFirst(bytes) : budget.tryReserve(bytes);
    if (isReserved) this.#held += bytes;
    return isReserved || isTurn;
  }

  /** Not an asynchronous function, which takes longer: this is done for every chunk. */
  #ask(): Promise<Next> {
    let asked: Promise<IteratorResult<Uint8Array, unknown>>;
    try {
      asked = Promise.resolve(this.#chunks.next());
    } catch (error) {
      asked = Promise.resolve().then(() => {
        throw error;
      });
    }
    return asked.then(this.#accept, this.#fail);
  }

  readonly #accept = (next: IteratorResult<Uint8Array, unknown>): Next => {
    this.#asked = undefined;
    const length = next.done ? undefined : lengthOf(next.value);
    this.#answer(length);
    if (length === undefined) {
      this.end();
      return END;
    }
    this.#received += length;
    this.#meter.budget.countChunk();
    if (length > this.#largest) this.#largest = length;
    if (length > this.#held || length < this.#held / 2) this.#hold(length);
    return next as Next;
  };

  readonly #fail = (error: unknown): never => {
    this.#asked = undefined;
    this.#onError(error);
    this.#answer(undefined);
    this.end();
    throw error;
  };

  #askLater(): Promise<Next> {
    const later = this.#waitAndAsk();
    later.catch(() => undefined); // whoever has asked may not be there any more
    return later;
  }

  async #waitAndAsk(): Promise<Next> {
    this.#hold(0);
    while (!this.#isUnwanted) {
      await this.#waitForRoom();
      if (!this.#tryAsk()) continue;
      this.#meter.budget.wakeNext(); // there may be room for more than one
      return await this.#ask();
    }
    this.#asked = undefined;
    if (!this.#isLeft) await this.return();
    if (this.#meter.failure) throw this.#meter.failure.error;
    return END;
  }

  /** Asked anew every time, because it changes while something is awaited. */
  get #isUnwanted(): boolean {
    return this.#isLeft || this.#meter.failure !== undefined;
  }

  /** What was asked for has come, or will not. */
  #answer(bytes: number | undefined): void {
    if (!this.#isFirstAsked) return;
    this.#isFirstAsked = false;
    this.#meter.firstChunks.answer(bytes);
    this.#meter.budget.wakeNext(); // others may ask now
  }

  #hold(bytes: number): void {
    if (this.#hasEnded) return;
    const { budget } = this.#meter;
    const more = bytes - this.#held;
    this.#held = bytes;
    if (more > 0) budget.hold(more);
    else budget.release(-more);
  }

  async #waitForRoom(): Promise<void> {
    const waiting = this.#meter.budget.wait();
    this.#resume = () => {
      waiting.cancel();
    };
    await waiting.turn;
    this.#resume = undefined;
  }
}

/** A source of the user's may give what has none; whoever gets it says so. */
function lengthOf(chunk: unknown): number {
  return isBytes(chunk) ? chunk.length : 0;
}
