import { partsLength } from '../body/parts-length.js';
import type { PipeModeError } from '../errors.js';
import type { FifoSink } from '../fifo/fifo-sink.js';
import { isBytes } from '../options/checks.js';
import { failureOf } from './failure.js';
import type { LocalSegment } from './open-object.js';

/** How many calls to the sink may be under way: what stands behind a file lets it be moved without copying. */
const WRITES_AHEAD = 4;

/** Pieces that long, and no shorter ones, may turn out to have changed after they were written. */
const LONG_BYTES = 64 * 1024;

/** How many of them are kept to name the object of a file that has. */
const LONG_PIECES_KEPT = 256;

/** A local segment of an object, on its way into a sink. */
export interface LocalPiece extends LocalSegment {
  /** The object's key. */
  readonly key: string;
  /** Whether the object ends with it. */
  readonly isLast: boolean;
}

/**
 * Writes pieces of parts into a sink, and hands over the next ones before those before are written: the thread that moves
 * files wants to know what follows. Reports every piece that was written.
 */
export class PartsWriter {
  readonly #sink: FifoSink;
  readonly #onPiece: (piece: LocalPiece, bytes: number) => void;
  #writes: Promise<void>[] = [];
  /** Where what was handed over ends, in bytes that the sink will have written. */
  #end = 0;
  /** Those that wait or were written lately. */
  #long: LocalPiece[] = [];
  #failure: Error | undefined;
  /** Told when a write fails, while somebody waits for something else. */
  #onFailure: ((error: unknown) => void) | undefined;

  constructor(sink: FifoSink, onPiece: (piece: LocalPiece, bytes: number) => void) {
    this.#sink = sink;
    this.#onPiece = onPiece;
  }

  /** Resolves when there is room for the next pieces. */
  async write(pieces: readonly LocalPiece[]): Promise<void> {
    if (pieces.length === 0) return;
    const hasFiles = pieces.some(({ parts }) => parts.some((part) => !isBytes(part)));
    if (!hasFiles) await this.flush(); // bytes take another way, which may not overtake
    const writing = this.#write(pieces);
    writing.catch((error: unknown) => {
      this.#failure ??= error as Error;
      this.#onFailure?.(error);
    });
    this.#writes.push(writing);
    while (this.#writes.length >= (hasFiles ? WRITES_AHEAD : 1)) await this.#writes.shift();
  }

  /** What comes next, unless a write fails meanwhile. If that fails itself, it does so when everything before is written. */
  async before<T>(next: Promise<T>): Promise<T> {
    const afterWrites = next.catch(async (error: unknown) => {
      await this.flush();
      throw error;
    });
    try {
      // Not by racing with one promise for all failures, which would keep all that it was ever raced with.
      return await new Promise<T>((resolve, reject) => {
        this.#onFailure = reject;
        afterWrites.then(resolve, reject);
        if (this.#failure) reject(this.#failure);
      });
    } finally {
      this.#onFailure = undefined;
    }
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  /** Resolves when everything was written. */
  async flush(): Promise<void> {
    while (this.#writes.length > 0) await this.#writes.shift();
  }

  /** Resolves when everything was written, and none of it can change any more. */
  async settle(): Promise<void> {
    await this.flush();
    try {
      await this.#sink.settle();
    } catch (error) {
      throw this.#failureOf(error, []);
    }
  }

  async #write(pieces: readonly LocalPiece[]): Promise<void> {
    if (this.#writes.length === 0) this.#end = this.#sink.bytesWritten;
    const begin = this.#end;
    for (const { parts } of pieces) this.#end += partsLength(parts);
    this.#keepLong(pieces);
    let isComplete = false;
    try {
      isComplete = await this.#sink.writeParts(pieces.flatMap(({ parts }) => parts));
    } catch (error) {
      throw this.#failureOf(error, pieces);
    } finally {
      this.#report(pieces, begin, isComplete);
    }
  }

  /** When not all of it was written, nobody knows of empty objects after the last byte whether they were their turn. */
  #report(pieces: readonly LocalPiece[], begin: number, isComplete: boolean): void {
    let left = this.#sink.bytesWritten - begin;
    for (const piece of pieces) {
      const bytes = partsLength(piece.parts);
      if (!isComplete && (bytes > left || left <= 0)) return;
      left -= bytes;
      this.#onPiece(piece, bytes);
    }
  }

  #keepLong(pieces: readonly LocalPiece[]): void {
    const long = pieces.filter(({ parts }) => parts.some((part) => part.length >= LONG_BYTES));
    this.#long = [...this.#long, ...long].slice(-LONG_PIECES_KEPT);
  }

  #failureOf(error: unknown, pieces: readonly LocalPiece[]): Error {
    const { path } = error as Partial<PipeModeError>;
    const isCulprit = ({ parts }: LocalPiece) => parts.some((part) => 'path' in part && part.path === path);
    const culprit = pieces.find(isCulprit) ?? this.#long.find(isCulprit);
    return failureOf(error, { code: 'SOURCE_FAILED', what: 'Reading failed for', key: culprit?.key });
  }
}
