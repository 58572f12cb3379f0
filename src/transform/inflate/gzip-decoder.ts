// Runs in threads of ours: everything here is synchronous.
import { PipeModeError } from '../../errors.js';
import { MinizlibEngine } from './minizlib-engine.js';
import { type InflateEngine, openZlibEngine } from './zlib-engine.js';

/**
 * Inflates one object after the other, gzip with one member or several, into room that it is given: what a small
 * object may become is bounded by that. It says what `zlib.gunzipSync` says, but for two things: an empty object is
 * empty; and if zeros follow the last member, nothing but zeros may. `gunzipSync` takes whatever follows them for
 * padding, and so drops the rest of an object of which one byte is wrong.
 */
export class GzipDecoder {
  readonly #engine: InflateEngine;
  #state: 'empty' | 'inflating' | 'padding' | 'done' = 'empty';
  #consumed = 0;
  #produced = 0;

  constructor(engine: InflateEngine = openZlibEngine() ?? new MinizlibEngine()) {
    this.#engine = engine;
  }

  /** How much of the input the last step has used, in bytes. */
  get consumed(): number {
    return this.#consumed;
  }

  /** How much of the room the last step has filled, in bytes. */
  get produced(): number {
    return this.#produced;
  }

  /** Whether the object has been inflated to its end. */
  get isDone(): boolean {
    return this.#state === 'done';
  }

  /**
   * Inflates as far as input and room go: if there is room left afterwards, it needs more input, or is done.
   *
   * @param isLast - whether the object ends with this input
   * @throws {@link PipeModeError} `GZIP_INVALID`, `GZIP_TRUNCATED`, with a message that lacks its subject.
   */
  decode(input: Uint8Array, output: Uint8Array, isLast: boolean): void {
    if (this.#state === 'empty' && input.length > 0) this.#state = 'inflating';
    this.#consumed = this.#produced = 0;
    if (this.#state === 'inflating') this.#inflate(input, output, isLast);
    const rest = input.subarray(this.#consumed);
    if (this.#state === 'padding') {
      if (rest.some((byte) => byte !== 0))
        throw gzipError(new Error('its last member is followed by zeros, and they by something else'));
      this.#consumed = input.length;
    }
    if (isLast && this.#consumed === input.length && this.#produced < output.length) this.#state = 'done';
  }

  /** Begins another object. Not after an error. */
  reset(): void {
    this.#engine.reset();
    this.#state = 'empty';
  }

  close(): void {
    this.#engine.close();
  }

  #inflate(input: Uint8Array, output: Uint8Array, isLast: boolean): void {
    try {
      this.#engine.step(input, output, isLast);
    } catch (error) {
      throw gzipError(error);
    }
    this.#consumed = this.#engine.consumed;
    this.#produced = this.#engine.produced;
    // What it leaves although there is room begins with a zero.
    if (this.#produced < output.length && this.#consumed < input.length) this.#state = 'padding';
  }
}

function gzipError(cause: unknown): PipeModeError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = message.replace('zlib: ', '');
  return code === 'Z_BUF_ERROR'
    ? new PipeModeError('GZIP_TRUNCATED', `is cut off: ${reason}`, { cause })
    : new PipeModeError('GZIP_INVALID', `is not gzip, or corrupt: ${reason}`, { cause });
}
