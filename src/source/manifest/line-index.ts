import { PartsBody } from '../../body/parts-body.js';
import type { Connection } from '../s3/connection.js';
import { type Line, readLines } from './lines.js';
import type { Location } from './location.js';
import { OffsetList } from './offset-list.js';
import { openRandomAccess, type RandomAccess } from './random-access.js';

/** How many lines, and how many of their bytes, are read at a time. */
const BATCH_LINES = 128;
const BATCH_BYTES = 1024 * 1024;

/**
 * The lines of a file, in any order. What is held of them is where they begin, 8 bytes each. What is in S3 is copied
 * to a temporary file first.
 */
export class LineIndex {
  readonly #starts: OffsetList;
  readonly #file: RandomAccess;

  private constructor(starts: OffsetList, file: RandomAccess) {
    this.#starts = starts;
    this.#file = file;
  }

  /** @throws {@link PipeModeError} as {@link readLocation}, `MANIFEST_ENTRY_INVALID`, `TEMPORARY_FILE_FAILED` */
  static async of(manifest: Location, connection: Connection, signal: AbortSignal): Promise<LineIndex> {
    const file = openRandomAccess(manifest, connection, signal);
    const starts = new OffsetList();
    try {
      let end = 0;
      for await (const lines of readLines(file.content, manifest)) {
        signal.throwIfAborted();
        for (const { offset, start, end: lineEnd } of lines) {
          starts.push(offset);
          end = offset + lineEnd - start;
        }
      }
      starts.push(end + 1); // where another line would begin
      file.check();
      return new LineIndex(starts, file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  /** The lines at these positions, counted from 0, many at a time. */
  async *read(positions: Iterable<number>): AsyncGenerator<readonly Line[]> {
    let batch: number[] = [];
    let bytes = 0;
    for (const position of positions) {
      batch.push(position);
      bytes += this.#lengthOf(position);
      if (batch.length < BATCH_LINES && bytes < BATCH_BYTES) continue;
      yield await this.#readBatch(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) yield await this.#readBatch(batch);
  }

  close(): void {
    this.#file.close();
  }

  /** Up to the line feed; a carriage return before it is white space to JSON. */
  #lengthOf(position: number): number {
    return this.#starts.at(position + 1) - 1 - this.#starts.at(position);
  }

  async #readBatch(positions: readonly number[]): Promise<Line[]> {
    const ranges = positions.map((at) => this.#file.range(this.#starts.at(at), this.#lengthOf(at)));
    const chunks: Uint8Array[] = [];
    for await (const chunk of new PartsBody(ranges)) chunks.push(chunk);
    this.#file.check();
    const source = Buffer.concat(chunks);
    let end = 0;
    return ranges.map(({ offset, length }, index) => {
      const start = end;
      end += length;
      return { number: positions[index]! + 1, offset, source, start, end };
    });
  }
}
