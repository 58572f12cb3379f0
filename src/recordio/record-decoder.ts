import { PipeModeError } from '../errors.js';
import {
  flagOf,
  HEADER_BYTES,
  lengthOf,
  paddingBytes,
  PartFlag,
  readWord,
  RECORDIO_MAGIC,
} from './framing.js';

/** Up to here a part gets the memory that its header claims at once. */
const FIRST_BYTES = 4 * 1024 * 1024;

/** Beyond, so many times what has come of it: more would trust the header more, less would copy more. */
const GROWTH = 16;

const NOTHING = new Uint8Array(0);

/**
 * Takes RecordIO apart, chunk by chunk: `push` a chunk, take `next` until it has no more, `end` after the
 * last chunk.
 *
 * A payload that lies inside one chunk is a view of it. One that does not is copied as it arrives, into memory that
 * grows with what has come, up to the length that the header claims: twelve bytes can claim 512 MiB.
 */
export class RecordDecoder {
  #chunk: Uint8Array = NOTHING;
  /** The next byte of the chunk. */
  #at = 0;
  /** How many bytes came before the chunk. */
  #before = 0;
  /** Padding that has yet to be skipped. */
  #padding = 0;

  /** A header that a chunk boundary cuts in two. */
  readonly #splitHeader = new Uint8Array(HEADER_BYTES);
  #splitHeaderBytes = 0;

  /** The part that is being read, if its header has been: its length, and its bytes if they span chunks. */
  #partLength = -1;
  #partFlag: number = PartFlag.whole;
  #partStart = 0;
  #split: Uint8Array | undefined;
  #splitBytes = 0;

  /** The parts so far of a record that has several. */
  #parts: Uint8Array[] | undefined;
  #record = 0;

  /** Hands over the next chunk, once `next` has returned `undefined`. */
  push(chunk: Uint8Array): void {
    this.#before += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The next payload, or `undefined` if it needs bytes that have not come yet. */
  next(): Uint8Array | undefined {
    for (;;) {
      if (this.#padding > 0 && !this.#skipPadding()) return undefined;
      if (this.#partLength < 0 && !this.#readHeader()) return undefined;
      const part = this.#readPart();
      if (part === undefined) return undefined;
      const payload = this.#join(part);
      if (payload !== undefined) {
        this.#record++;
        return payload;
      }
    }
  }

  /** Makes sure that the data did not end inside a record. */
  end(): void {
    if (this.#partLength >= 0) {
      throw this.#truncated(`it has ${this.#splitBytes} of the ${this.#partLength} bytes of its part`);
    }
    if (this.#splitHeaderBytes > 0) {
      throw this.#truncated(`it has ${this.#splitHeaderBytes} of the ${HEADER_BYTES} bytes of its header`);
    }
    if (this.#parts !== undefined) {
      throw this.#truncated(`it has ${this.#parts.length} part(s), none of them marked as the last`);
    }
    if (this.#padding > 0) {
      // Its payload was complete, so it has been handed out and counted.
      throw this.#truncated(`${this.#padding} byte(s) of padding are missing`, this.#record - 1);
    }
  }

  /** What the padding holds is not looked at, since no reader that SageMaker's users have does that. */
  #skipPadding(): boolean {
    const skipped = Math.min(this.#padding, this.#chunk.length - this.#at);
    this.#at += skipped;
    this.#padding -= skipped;
    return this.#padding === 0;
  }

  #readHeader(): boolean {
    const chunk = this.#chunk;
    if (this.#splitHeaderBytes === 0) {
      this.#partStart = this.#before + this.#at;
      if (chunk.length - this.#at >= HEADER_BYTES) {
        this.#beginPart(chunk, this.#at);
        this.#at += HEADER_BYTES;
        return true;
      }
    }
    const missing = HEADER_BYTES - this.#splitHeaderBytes;
    const piece = chunk.subarray(this.#at, this.#at + missing);
    this.#splitHeader.set(piece, this.#splitHeaderBytes);
    this.#splitHeaderBytes += piece.length;
    this.#at += piece.length;
    if (piece.length < missing) return false;
    this.#splitHeaderBytes = 0;
    this.#beginPart(this.#splitHeader, 0);
    return true;
  }

  #beginPart(bytes: Uint8Array, at: number): void {
    const magic = readWord(bytes, at);
    if (magic !== RECORDIO_MAGIC) {
      throw this.#invalid(`expected the magic word ${hex(RECORDIO_MAGIC)}, got ${hex(magic)}`);
    }
    const word = readWord(bytes, at + 4);
    const flag = flagOf(word);
    const continues = flag === PartFlag.middle || flag === PartFlag.last;
    if (flag > PartFlag.last || continues !== (this.#parts !== undefined)) {
      const expected = this.#parts === undefined ? '0 (whole) or 1 (first)' : '2 (middle) or 3 (last)';
      throw this.#invalid(`expected a part with flag ${expected}, got ${flag} (header word ${hex(word)})`);
    }
    this.#partFlag = flag;
    this.#partLength = lengthOf(word);
  }

  #readPart(): Uint8Array | undefined {
    const chunk = this.#chunk;
    const length = this.#partLength;
    let part: Uint8Array | undefined;
    if (this.#split === undefined && chunk.length - this.#at >= length) {
      // Not `subarray`, which costs more and would make a Buffer of some records and not of others.
      part = new Uint8Array(chunk.buffer, chunk.byteOffset + this.#at, length);
      this.#at += length;
    } else {
      part = this.#readSplitPart(length);
      if (part === undefined) return undefined;
    }
    this.#padding = paddingBytes(length);
    this.#partLength = -1;
    return part;
  }

  #readSplitPart(length: number): Uint8Array | undefined {
    const piece = this.#chunk.subarray(this.#at, this.#at + length - this.#splitBytes);
    // A chunk that ends right after the header is no reason to copy: the next one may hold it all.
    if (piece.length === 0) return undefined;
    const split = (this.#split = this.#roomFor(this.#splitBytes + piece.length, length));
    split.set(piece, this.#splitBytes);
    this.#splitBytes += piece.length;
    this.#at += piece.length;
    if (this.#splitBytes < length) return undefined;
    this.#split = undefined;
    this.#splitBytes = 0;
    return split;
  }

  /**
   * Memory for what has come of a part and more, with what was copied so far. As soon as enough has come it is memory
   * for the whole part, so that little has to be copied again.
   */
  #roomFor(come: number, length: number): Uint8Array {
    const before = this.#split;
    const granted = Math.min(length, Math.max(FIRST_BYTES, come * GROWTH));
    if (before !== undefined && before.length >= come && (before.length === length || granted < length)) {
      return before;
    }
    const room = this.#allocate(granted);
    if (before !== undefined) room.set(before.subarray(0, this.#splitBytes));
    return room;
  }

  /** Memory that is about to be filled: to zero it first would cost as much again. */
  #allocate(length: number): Uint8Array {
    try {
      return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer, 0, length);
    } catch (cause) {
      throw this.#tooLarge(length, cause);
    }
  }

  #concatenate(parts: readonly Uint8Array[]): Uint8Array {
    const whole = this.#allocate(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** The record that ends with this part; `undefined` if it goes on. */
  #join(part: Uint8Array): Uint8Array | undefined {
    if (this.#partFlag === PartFlag.whole) return part;
    const parts = (this.#parts ??= []);
    parts.push(part);
    if (this.#partFlag !== PartFlag.last) return undefined;
    this.#parts = undefined;
    return this.#concatenate(parts);
  }

  #invalid(problem: string): PipeModeError {
    return new PipeModeError(
      'RECORDIO_INVALID',
      `Record ${this.#record} is not RecordIO: at byte ${this.#partStart}, ${problem}. ` +
        'Is the channel one with RecordIO wrapping, and is everything that precedes this record read?',
    );
  }

  #tooLarge(length: number, cause: unknown): PipeModeError {
    return new PipeModeError(
      'RECORDIO_TOO_LARGE',
      `Record ${this.#record}, at byte ${this.#partStart}, needs ${length} bytes in one piece, and they cannot be had ` +
        `(${String(cause)}). Give the process more memory, or write smaller records.`,
      { cause },
    );
  }

  #truncated(problem: string, record = this.#record): PipeModeError {
    const total = this.#before + this.#chunk.length;
    return new PipeModeError(
      'RECORDIO_TRUNCATED',
      `The data ends inside record ${record}, at byte ${total}: ${problem} ` +
        `(the header of that part is at byte ${this.#partStart}). ` +
        'Look for what cut off the writer; do not train on what came so far.',
    );
  }
}

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, '0')}`;
}
