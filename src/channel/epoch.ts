import type { LocalPart } from '../body/body.js';
import type { PipeModeError } from '../errors.js';
import type { FifoSink } from '../sink/fifo-sink.js';
import { pagesOf } from '../source/pages-of.js';
import type { OpenContext, Source } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { Backlog } from './backlog.js';
import { failureOf } from './failure.js';
import { letGo } from './let-go.js';
import { MemoryBudget } from './memory-budget.js';
import { nothingListed } from './nothing-listed.js';
import { bytesHeld, type Piece, piecesOf } from './pieces.js';
import { type AheadBody, ReadAhead } from './read-ahead.js';

/** What one epoch needs to know. */
export interface EpochInput {
  readonly epoch: number;
  readonly source: Source;
  readonly transforms: readonly Transform[];
  /** How much may be read ahead, in bytes. */
  readonly prefetchBytes: number;
  readonly sink: FifoSink;
  /** Told about every object that was written to its end. */
  readonly onObject: (key: string, bytes: number) => void;
}

/** How many pieces are prepared ahead of the one that is written. */
const PIECES_AHEAD = 1024;

/** How many ranges are fetched at once: latency hides behind that many. */
const FETCHES_AT_ONCE = 32;

/** How many bodies that are made by sources and transforms are read at once: some of them come from afar. */
const BODIES_AT_ONCE = 32;

interface PartsPiece extends Piece {
  readonly content: readonly LocalPart[];
}

/** Writes all objects of one epoch into a sink that a reader has opened; ends early if that reader leaves. */
export class Epoch {
  readonly #input: EpochInput;
  /** Ends the source's and the transforms' work when the epoch ends before they do, however it ends. */
  readonly #ended = new AbortController();
  readonly #context: OpenContext;
  readonly #fetches: ReadAhead;
  readonly #bodies: ReadAhead;
  #isStreaming = false;
  #objectBytes = 0;

  constructor(input: EpochInput) {
    this.#input = input;
    const memory = new MemoryBudget(input.prefetchBytes);
    this.#context = { signal: AbortSignal.any([input.sink.signal, this.#ended.signal]), memory };
    this.#fetches = new ReadAhead(memory, FETCHES_AT_ONCE);
    this.#bodies = new ReadAhead(memory, BODIES_AT_ONCE);
  }

  /** Whether there is nothing to write because the source or a transform has not delivered. */
  get waitsForSource(): boolean {
    return this.#isStreaming && !this.#input.sink.isWriting;
  }

  async stream(): Promise<void> {
    this.#isStreaming = true;
    const backlog = new Backlog<Piece>({
      items: PIECES_AHEAD,
      weight: this.#input.prefetchBytes,
      weigh: bytesHeld,
    });
    void backlog.fill(this.#pieces());
    try {
      await this.#drain(backlog);
    } finally {
      this.#isStreaming = false;
      backlog.cancel();
      this.#ended.abort();
      await letGo([this.#fetches.cancel(), this.#bodies.cancel()]);
    }
  }

  async *#pieces(): AsyncGenerator<readonly Piece[]> {
    const { source, epoch, transforms } = this.#input;
    const context = { epoch, signal: this.#context.signal };
    const ahead = {
      fetch: (open: () => AsyncIterable<Uint8Array>) => this.#fetches.add(open),
      make: (open: () => AsyncIterable<Uint8Array>) => this.#bodies.add(open),
    };
    try {
      for await (const page of pagesOf(source, context)) {
        yield page.flatMap((object) => piecesOf(object, transforms, this.#context, ahead));
      }
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Listing the source failed' });
    }
  }

  async #drain(backlog: Backlog<Piece>): Promise<void> {
    const { sink } = this.#input;
    let isEmpty = true;
    for (;;) {
      const pieces = await sink.unlessReaderLeaves(backlog.take());
      if (!pieces) return;
      if (pieces.length === 0) break;
      isEmpty = false;
      await this.#writeAll(pieces);
    }
    if (isEmpty && !this.#input.source.mayBeEmpty) throw nothingListed(this.#input);
  }

  /** Neighbours that consist of parts are written together. */
  async #writeAll(pieces: readonly Piece[]): Promise<void> {
    let neighbours: PartsPiece[] = [];
    for (const piece of pieces) {
      if (isParts(piece)) {
        neighbours.push(piece);
        continue;
      }
      await this.#writeParts(neighbours);
      neighbours = [];
      await this.#writeAhead(piece, piece.content as AheadBody);
      if (this.#context.signal.aborted) return;
    }
    await this.#writeParts(neighbours);
  }

  async #writeParts(pieces: readonly PartsPiece[]): Promise<void> {
    if (pieces.length === 0) return;
    const { sink } = this.#input;
    const before = sink.bytesWritten;
    try {
      await sink.writeParts(pieces.flatMap(({ content }) => content));
    } catch (error) {
      const { path } = error as Partial<PipeModeError>;
      const culprit = pieces.find(({ content }) =>
        content.some((part) => 'path' in part && part.path === path),
      );
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Reading failed for', key: culprit?.key });
    } finally {
      this.#reportParts(pieces, sink.bytesWritten - before);
    }
  }

  #reportParts(pieces: readonly PartsPiece[], written: number): void {
    let rest = written;
    for (const piece of pieces) {
      let bytes = 0;
      for (const part of piece.content) bytes += part.length;
      if (bytes > rest || (rest === 0 && this.#context.signal.aborted)) return;
      rest -= bytes;
      this.#finish(piece, bytes);
    }
  }

  async #writeAhead(piece: Piece, body: AheadBody): Promise<void> {
    const { sink } = this.#input;
    const before = sink.bytesWritten;
    for (;;) {
      const chunks = await sink.unlessReaderLeaves(body.take());
      if (!chunks) return;
      if (chunks.length === 0) break;
      if (!(await sink.writeParts(chunks))) return;
    }
    this.#finish(piece, sink.bytesWritten - before);
  }

  #finish({ key, isLast }: Piece, bytes: number): void {
    this.#objectBytes += bytes;
    if (!isLast) return;
    this.#input.onObject(key, this.#objectBytes);
    this.#objectBytes = 0;
  }
}

function isParts(piece: Piece): piece is PartsPiece {
  return Array.isArray(piece.content);
}
