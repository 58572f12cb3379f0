import type { PipeModeError } from '../../errors.js';
import type { Location } from './location.js';
import { invalidEntry } from './manifest-errors.js';

/** A line of an augmented manifest that is not blank. */
export interface Line {
  /** Counted from 1, as in an editor. */
  readonly number: number;
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  /** What is in it, without what ends it. */
  readonly bytes: Uint8Array;
}

/** The longest line that is accepted: a line is held in memory, and a file that has none may be anything. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 10;

/**
 * Cuts a file into lines, as many at a time as a chunk has. Blank lines are accepted at the end of the file only.
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
    yield splitter.push(chunk);
    splitter.throwIfWrong();
  }
  yield splitter.end();
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

  push(chunk: Uint8Array): readonly Line[] {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0 || this.#error !== undefined) break;
      this.#addLine(chunk.subarray(start, end), 1);
      start = end + 1;
    }
    this.#rest.push(chunk.subarray(start));
    this.#restLength += chunk.length - start;
    this.#checkLength(this.#restLength);
    return this.#take();
  }

  end(): readonly Line[] {
    if (this.#restLength > 0 && this.#error === undefined) this.#addLine(new Uint8Array(0), 0);
    return this.#take();
  }

  throwIfWrong(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #addLine(tail: Uint8Array, endLength: number): void {
    const bytes = this.#restLength === 0 ? tail : Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restLength = 0;
    this.#checkLength(bytes.length);
    if (this.#error !== undefined) return;
    const mark = this.#offset === 0 && hasByteOrderMark(bytes) ? 3 : 0;
    const line = { number: this.#number, offset: this.#offset + mark, bytes: bytes.subarray(mark) };
    if (isBlank(line.bytes)) this.#blank ??= this.#number;
    else if (this.#blank === undefined) this.#lines.push(line);
    else this.#fail(this.#blank, 'is blank. Remove it: every line is one JSON object.');
    this.#number++;
    this.#offset += bytes.length + endLength;
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
    this.#error ??= invalidEntry({ manifest: this.#manifest, entry: `line ${number}` }, problem);
  }

  #take(): readonly Line[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Only what JSON takes for white space. */
function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}
