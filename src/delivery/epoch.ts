import { partsLength } from '../body/parts-length.js';
import type { FifoSink } from '../fifo/fifo-sink.js';
import { pagesOf } from '../source/pages-of.js';
import type { OpenContext, Source } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { BoundedQueue } from '../flow/bounded-queue.js';
import { filesToWrite, writeFilesBelow } from './files-below-writer.js';
import { failureOf } from './failure.js';
import { settleWithin } from '../abort/settle-within.js';
import { MemoryBudget } from '../flow/memory-budget.js';
import { nothingListed } from './nothing-listed.js';
import { type PrefetchedPiece, bytesHeld, type PartsPiece, type Piece, piecesOf } from './open-object.js';
import { PartsWriter } from './parts-writer.js';
import { Prefetcher } from '../flow/prefetch.js';
import type { SlabPool } from '../flow/buffer-pool.js';

/** What one epoch needs to know. */
export interface EpochInput {
  readonly epoch: number;
  readonly source: Source;
  readonly transforms: readonly Transform[];
  /** How much may be read ahead, in bytes. */
  readonly prefetchBytes: number;
  /** The channel's memory for what is read ahead. */
  readonly slabs: SlabPool;
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

/** How much is written together, in bytes: few enough that a slow reader's progress is seen object by object. */
const TOGETHER_BYTES = 8 * 1024 * 1024;

/** Writes all objects of one epoch into a sink that a reader has opened; ends early if that reader leaves. */
export class Epoch {
  readonly #input: EpochInput;
  /** Ends the source's and the transforms' work when the epoch ends before they do, however it ends. */
  readonly #ended = new AbortController();
  readonly #context: OpenContext;
  readonly #fetches: Prefetcher;
  readonly #bodies: Prefetcher;
  readonly #parts: PartsWriter;
  #isStreaming = false;
  #objectBytes = 0;

  constructor(input: EpochInput) {
    this.#input = input;
    this.#parts = new PartsWriter(input.sink, (piece, bytes) => this.#finish(piece, bytes));
    const memory = new MemoryBudget(input.prefetchBytes);
    this.#context = { signal: AbortSignal.any([input.sink.signal, this.#ended.signal]), memory };
    this.#fetches = new Prefetcher(memory, input.slabs, FETCHES_AT_ONCE);
    this.#bodies = new Prefetcher(memory, input.slabs, BODIES_AT_ONCE);
  }

  /** Whether there is nothing to write because the source or a transform has not delivered. */
  get waitsForSource(): boolean {
    return this.#isStreaming && !this.#input.sink.isWriting;
  }

  async stream(): Promise<void> {
    const { source, transforms, sink, onObject } = this.#input;
    const files = filesToWrite(source, transforms);
    if (!files) {
      await this.#stream();
      return;
    }
    const hasSent = await writeFilesBelow(files, sink, onObject);
    if (!hasSent && !sink.signal.aborted) throw nothingListed(this.#input);
  }

  async #stream(): Promise<void> {
    this.#isStreaming = true;
    const backlog = new BoundedQueue<Piece>({
      items: PIECES_AHEAD,
      weight: this.#input.prefetchBytes,
      sizeOf: bytesHeld,
    });
    void backlog.fill(this.#pieces());
    try {
      await this.#drain(backlog);
    } finally {
      this.#isStreaming = false;
      backlog.cancel();
      this.#ended.abort();
      await this.#parts.close();
      await settleWithin([this.#fetches.cancel(), this.#bodies.cancel()]);
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
        if (this.#context.signal.aborted) return;
        yield page.flatMap((object) => piecesOf(object, transforms, this.#context, ahead));
      }
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Listing the source failed' });
    }
  }

  async #drain(backlog: BoundedQueue<Piece>): Promise<void> {
    const { sink } = this.#input;
    let isEmpty = true;
    for (;;) {
      const pieces = await sink.unlessReaderLeaves(this.#parts.before(backlog.take()));
      if (!pieces) return;
      if (pieces.length === 0) break;
      isEmpty = false;
      await this.#writeAll(pieces);
    }
    await this.#parts.settle();
    if (isEmpty && !this.#input.source.mayBeEmpty) throw nothingListed(this.#input);
  }

  /** Neighbours that consist of parts are written together. */
  async #writeAll(pieces: readonly Piece[]): Promise<void> {
    let neighbours: PartsPiece[] = [];
    let bytes = 0;
    for (const piece of pieces) {
      if ('parts' in piece) {
        neighbours.push(piece);
        bytes += partsLength(piece.parts);
        if (bytes < TOGETHER_BYTES) continue;
      }
      await this.#parts.write(neighbours);
      neighbours = [];
      bytes = 0;
      if ('ahead' in piece) await this.#writeAhead(piece);
      if (this.#context.signal.aborted) return;
    }
    await this.#parts.write(neighbours);
  }

  async #writeAhead(piece: PrefetchedPiece): Promise<void> {
    const { sink } = this.#input;
    const body = piece.ahead;
    await this.#parts.flush();
    const before = sink.bytesWritten;
    for (;;) {
      const taken = await sink.unlessReaderLeaves(body.take());
      if (!taken) return;
      if (taken.chunks.length === 0) break;
      if (!(await sink.writeParts(taken.chunks))) return;
      taken.release();
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
