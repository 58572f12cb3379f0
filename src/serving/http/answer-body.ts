import { PipeModeError } from '../../errors.js';

/** How much is kept of a body that nobody takes, in bytes: then its connection has to wait. */
const HELD_BYTES = 64 * 1024;

/** Where a body comes from. */
export interface BodySource {
  /** Lets more come, if it waits. */
  resume(): void;
  /** Ends it. */
  abort(reason: Error): void;
}

/**
 * The body of an answer, to be read once. It comes from the connection as fast as it is taken, and no faster. A stream of
 * Node's would do, and costs more than all the rest of an exchange.
 */
export class AnswerBody implements AsyncIterable<Uint8Array> {
  readonly #source: BodySource;
  #chunks: Buffer[] = [];
  #held = 0;
  #state: 'coming' | 'ended' | 'failed' = 'coming';
  #error: Error | undefined;
  #isRead = false;
  /** Whether all of it is wanted, whatever that is. */
  #isWanted = false;
  #wake: (() => void) | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Says whether more may come at once. */
  push(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#changed();
    return this.#isWanted || this.#held < HELD_BYTES;
  }

  end(): void {
    if (this.#state === 'coming') this.#state = 'ended';
    this.#changed();
  }

  /** Whoever reads it is told. */
  fail(error: Error): void {
    if (this.#state === 'coming') {
      this.#state = 'failed';
      this.#error = error;
    }
    this.#changed();
  }

  /** All of it. @throws what it fails with; {@link PipeModeError} `INVALID_STATE` if it was read already */
  async bytes(): Promise<Buffer> {
    this.#beginToRead();
    this.#isWanted = true;
    this.#source.resume();
    while (this.#state === 'coming') await this.#change();
    const chunks = this.#chunks;
    this.#chunks = [];
    if (this.#error !== undefined) throw this.#error;
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  /** Piece by piece. Whoever leaves the loop ends it. @throws as {@link AnswerBody.bytes} */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#beginToRead();
    return this.#pieces();
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#held -= chunk.length;
          if (this.#held < HELD_BYTES) this.#source.resume();
          yield chunk;
        } else if (this.#state === 'coming') {
          await this.#change();
        } else if (this.#error !== undefined) {
          throw this.#error;
        } else {
          return;
        }
      }
    } finally {
      if (this.#state === 'coming') this.#source.abort(new Error('The answer was not read to its end.'));
    }
  }

  #beginToRead(): void {
    if (this.#isRead) {
      const message =
        'The body of the answer was read already: it comes once. Keep what `json()`, `text()` or `bytes()` gives.';
      throw new PipeModeError('INVALID_STATE', message);
    }
    this.#isRead = true;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
