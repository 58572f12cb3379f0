// Runs in a thread of ours: everything here is synchronous.
import { PipeModeError } from '../../errors.js';
import { GzipDecoder } from '../../transform/inflate/gzip-decoder.js';
import { invalid, truncated } from './unpack-errors.js';

/** Some bytes of the archive as it is stored. */
export interface UnpackInput {
  readonly chunk: Uint8Array;
  readonly last: boolean;
}

/** Steps that each need more input. */
export type UnpackSteps<Result = void> = Generator<void, Result, UnpackInput>;

const ROOM_BYTES = 256 * 1024;
const NOTHING: Uint8Array = new Uint8Array(0);
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** The tar in an archive that comes in any chunks, compressed or not. */
export class ArchiveBytes {
  #input = NOTHING;
  #isLast = false;
  #tar = NOTHING;
  #consumed = 0;
  #decoder: GzipDecoder | undefined;
  readonly #room = Buffer.allocUnsafeSlow(ROOM_BYTES);

  /** How many bytes of tar have been taken. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Looks at the first bytes. */
  *open(): UnpackSteps {
    while (this.#input.length < GZIP_MAGIC.length && !this.#isLast) yield* this.#receive();
    if (GZIP_MAGIC.every((byte, index) => this.#input[index] === byte)) this.#decoder = new GzipDecoder();
  }

  /** From one to `most` bytes, which are the caller's until the next call; none at the end. */
  *some(most: number): UnpackSteps<Uint8Array> {
    while (this.#tar.length === 0) {
      const more = this.#decoder ? yield* this.#inflate(this.#decoder) : yield* this.#pass();
      if (!more) return NOTHING;
    }
    const taken = this.#tar.subarray(0, most);
    this.#tar = this.#tar.subarray(taken.length);
    this.#consumed += taken.length;
    return taken;
  }

  /** So many bytes, which stay the caller's; fewer at the end. */
  *take(count: number): UnpackSteps<Buffer> {
    const all = Buffer.alloc(count);
    let at = 0;
    while (at < count) {
      const some = yield* this.some(count - at);
      if (some.length === 0) break;
      all.set(some, at);
      at += some.length;
    }
    return all.subarray(0, at);
  }

  close(): void {
    this.#decoder?.close();
  }

  *#pass(): UnpackSteps<boolean> {
    if (this.#input.length === 0) {
      if (this.#isLast) return false;
      yield* this.#receive();
    }
    this.#tar = this.#input;
    this.#input = NOTHING;
    return true;
  }

  *#inflate(decoder: GzipDecoder): UnpackSteps<boolean> {
    if (decoder.isDone) return false;
    if (this.#input.length === 0 && !this.#isLast) yield* this.#receive();
    try {
      decoder.decode(this.#input, this.#room, this.#isLast);
    } catch (error) {
      throw nameArchive(error);
    }
    this.#input = this.#input.subarray(decoder.consumed);
    this.#tar = this.#room.subarray(0, decoder.produced);
    return true;
  }

  *#receive(): UnpackSteps {
    const { chunk, last } = yield;
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#isLast = last;
  }
}

function nameArchive(error: unknown): unknown {
  if (!(error instanceof PipeModeError)) return error;
  return error.code === 'GZIP_TRUNCATED'
    ? truncated('before its gzip member does', error.cause)
    : invalid(`it ${error.message}`, error.cause);
}
