import type { PipeModeError } from '../../errors.js';
import type { Location } from './location.js';
import { invalidEntry } from './manifest-errors.js';

/** A line of an augmented manifest that is not blank. */
export interface Line {
  /** Counted from 1, as in an editor. */
  readonly number: number;
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  /** Where its bytes are, from `start` up to `end`, without what ends it. Lasts until more lines are asked for. */
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The longest line that is accepted: a line is held in memory, and a file that has none may be anything. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 10;

/** How many lines come at a time: all lines of a large chunk at once would outlive the collector's young generation. */
const LINES_AT_ONCE = 64;

/**
 * Cuts a file into lines, some at a time. A chunk is not looked at any more once the next is asked for. Blank lines are accepted at the end of the file only.
 * A byte order mark is no part of the first line.
 *
 * @throws {@link PipeModeError} `MANIFEST_ENTRY_INVALID`, after the lines before the wrong one
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  manifest: Location,
): AsyncGenerator<readonly Line[]> {
  const splitter = new LineSplitter(manifest);
  for await (const chunk of chunks) {
    yield* splitter.push(chunk);
    splitter.throwIfWrong();
  }
  yield* splitter.end();
  splitter.throwIfWrong();
}

class LineSplitter {
  readonly #manifest: Location;
  #lines: Line[] = [];
  #number = 1;
  #offset = 0;
  /** The beginning of a line that goes on in the next chunk. */
  #rest: Uint8Array[] = [];
  #restLength = 0;
  #blank: number | undefined;
  #error: PipeModeError | undefined;

  constructor(manifest: Location) {
    this.#manifest = manifest;
  }

  *push(bytes: Uint8Array): Generator<readonly Line[]> {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0 || this.#error !== undefined) break;
      this.#endLine(chunk, start, end, 1);
      start = end + 1;
      if (this.#lines.length >= LINES_AT_ONCE) yield this.#take();
    }
    if (start < chunk.length) this.#rest.push(new Uint8Array(chunk.subarray(start)));
    this.#restLength += chunk.length - start;
    this.#checkLength(this.#restLength);
    yield* this.#takeAny();
  }

  *end(): Generator<readonly Line[]> {
    if (this.#restLength > 0 && this.#error === undefined) this.#endLine(Buffer.alloc(0), 0, 0, 0);
    yield* this.#takeAny();
  }

  throwIfWrong(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** A line ends at `end`; it began at `start`, or in a chunk before. */
  #endLine(chunk: Buffer, start: number, end: number, endLength: number): void {
    if (this.#restLength === 0) {
      this.#addLine(chunk, start, end, endLength);
      return;
    }
    const whole = Buffer.concat([...this.#rest, chunk.subarray(start, end)]);
    this.#rest = [];
    this.#restLength = 0;
    this.#addLine(whole, 0, whole.length, endLength);
  }

  #addLine(source: Buffer, start: number, end: number, endLength: number): void {
    this.#checkLength(end - start);
    if (this.#error !== undefined) return;
    const mark = this.#offset === 0 && hasByteOrderMark(source, start, end) ? 3 : 0;
    const line = {
      number: this.#number,
      offset: this.#offset + mark,
      source,
      start: start + mark,
      end,
    };
    if (isBlank(line)) this.#blank ??= this.#number;
    else if (this.#blank === undefined) this.#lines.push(line);
    else this.#fail(this.#blank, 'is blank. Remove it: every line is one JSON object.');
    this.#number++;
    this.#offset += end - start + endLength;
  }

  #checkLength(length: number): void {
    if (length <= MAX_LINE_BYTES) return;
    const limit = `${MAX_LINE_BYTES} bytes (4 MiB)`;
    this.#fail(
      this.#number,
      `has more than ${limit}. Is this JSON Lines, one object per line? Keep large values in objects, and name them with "-ref".`,
    );
  }

  #fail(number: number, problem: string): void {
    this.#error ??= invalidEntry({ manifest: this.#manifest, entry: number }, problem);
  }

  *#takeAny(): Generator<readonly Line[]> {
    if (this.#lines.length > 0) yield this.#take();
  }

  #take(): readonly Line[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}

function hasByteOrderMark(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= 3 && bytes.readUIntBE(start, 3) === 0xefbbbf;
}

/** Only what JSON takes for white space. */
function isBlank({ source, start, end }: Line): boolean {
  for (let at = start; at < end; at++) {
    const byte = source[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}
