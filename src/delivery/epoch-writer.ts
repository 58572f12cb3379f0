import { asyncDispose } from '../disposal.js';
import { partsLength } from '../body/parts-length.js';
import type { SlabPool } from '../flow/slab-pool.js';
import type { PrefetchedBody } from '../flow/prefetched-body.js';
import type { FifoSink } from '../fifo/fifo-sink.js';
import type { FilesBelow } from '../fifo/splice/pump-messages.js';
import type { MemoryLimit, Source } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import type { EpochOutcome } from './events.js';
import { filesToWrite, writeFilesBelow } from './files-below-writer.js';
import { type InflatedObject, writeInflated } from './inflated-objects.js';
import { nothingListed } from './nothing-listed.js';
import { ObjectStream } from './object-stream.js';
import type { OpenedObject } from './open-object.js';
import { type LocalPiece, PartsWriter } from './parts-writer.js';

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
  readonly signal: AbortSignal;
  /** Told about every object that was written to its end. */
  readonly onObject: (key: string, bytes: number) => void;
}

/** How many objects are opened ahead of those that are written. */
const OBJECTS_AHEAD = 1024;

/** How much is written together, in bytes: few enough that a slow reader's progress is seen object by object. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** Writes all objects of one epoch into a sink that a reader has opened; ends early if that reader leaves. */
export class EpochWriter {
  readonly #input: EpochInput;
  readonly #local: PartsWriter;
  #isRunning = false;
  #objectBytes = 0;
  #openKey: string | undefined;
  #objects: ObjectStream | undefined;

  constructor(input: EpochInput) {
    this.#input = input;
    this.#local = new PartsWriter(input.sink, ({ key, isLast }, bytes) => this.#finish(key, bytes, isLast));
  }

  /** Whether there is nothing to write because the source or a transform has not delivered. */
  get waitsForSource(): boolean {
    const { sink } = this.#input;
    return this.#isRunning && (!sink.isWriting || sink.waitsForFiles);
  }

  /** The object whose body is being written. Files, which are there as a whole, go together. */
  get openKey(): string | undefined {
    return this.#openKey;
  }

  /** How many chunks sources have delivered so far, whatever has become of them. */
  get chunksArrived(): number {
    return this.#objects?.chunksArrived ?? 0;
  }

  /**
   * Writes the epoch. Resolves only if all of it was written, or if its reader has left.
   *
   * @throws the signal's reason if it is aborted; what went wrong.
   */
  async write(): Promise<EpochOutcome> {
    const { sink, signal } = this.#input;
    this.#isRunning = true;
    try {
      const isComplete = await this.#writeEpoch();
      signal.throwIfAborted();
      if (!isComplete && !sink.readerLeft) throw sink.signal.reason;
      return sink.readerLeft ? 'closedEarly' : 'complete';
    } finally {
      this.#isRunning = false;
    }
  }

  async #writeEpoch(): Promise<boolean> {
    const { source, transforms } = this.#input;
    const files = filesToWrite(source, transforms);
    return files ? await this.#writeFilesBelow(files) : await this.#writeStream();
  }

  /** Has the thread that writes list and read the files by itself. */
  async #writeFilesBelow(files: FilesBelow): Promise<boolean> {
    const { sink, onObject } = this.#input;
    const hasSent = await writeFilesBelow(files, sink, onObject);
    if (sink.signal.aborted) return false;
    if (!hasSent) throw nothingListed(this.#input);
    return true;
  }

  async #writeStream(): Promise<boolean> {
    const { sink, signal } = this.#input;
    const objects = new ObjectStream({
      ...this.#input,
      signal: AbortSignal.any([sink.signal, signal]),
      objectsAhead: OBJECTS_AHEAD,
      sinkTakesRanges: true,
      sinkInflates: sink.canInflate,
    });
    this.#objects = objects;
    try {
      for (;;) {
        const next = await sink.unlessReaderLeaves(this.#local.before(objects.next()));
        if (!next) return false;
        if (next.done) break;
        if (!(await this.#writeObjects(next.value, objects.memory))) return false;
      }
      await this.#local.settle();
      return !sink.signal.aborted;
    } finally {
      await this.#local.close();
      await objects[asyncDispose]();
    }
  }

  /**
   * Writes objects, neighbouring local segments together, and those together that the sink inflates; says whether it can
   * go on.
   */
  async #writeObjects(objects: readonly OpenedObject[], memory: MemoryLimit): Promise<boolean> {
    let neighbours: LocalPiece[] = [];
    let inflated: InflatedObject[] = [];
    let bytes = 0;
    for (const { key, segments } of objects) {
      for (const [index, segment] of segments.entries()) {
        const isLast = index === segments.length - 1;
        if ('inflated' in segment) {
          await this.#local.write(neighbours);
          neighbours = [];
          bytes = 0;
          inflated.push({ key, ...segment });
          continue;
        }
        await this.#writeInflated(inflated, memory);
        inflated = [];
        if ('parts' in segment) {
          neighbours.push({ key, isLast, parts: segment.parts });
          bytes += partsLength(segment.parts);
          if (bytes < BATCH_BYTES) continue;
        }
        await this.#local.write(neighbours);
        neighbours = [];
        bytes = 0;
        if ('body' in segment && !(await this.#writeBody(segment.body, key, isLast))) return false;
        if (this.#input.sink.signal.aborted) return false;
      }
    }
    await this.#local.write(neighbours);
    await this.#writeInflated(inflated, memory);
    return !this.#input.sink.signal.aborted;
  }

  async #writeInflated(objects: readonly InflatedObject[], memory: MemoryLimit): Promise<void> {
    if (objects.length === 0) return;
    await this.#local.flush();
    const { sink, prefetchBytes } = this.#input;
    await writeInflated(objects, sink, { memory, prefetchBytes }, ({ key }, bytes) => {
      this.#finish(key, bytes, true);
    });
  }

  async #writeBody(body: PrefetchedBody, key: string, isLast: boolean): Promise<boolean> {
    const { sink } = this.#input;
    await this.#local.flush();
    this.#openKey = key;
    const before = sink.bytesWritten;
    for (;;) {
      const taken = await sink.unlessReaderLeaves(body.take());
      if (!taken) return false;
      if (taken.chunks.length === 0) break;
      const isWritten = await sink.writeParts(taken.chunks).finally(taken.release);
      if (!isWritten) return false;
    }
    this.#finish(key, sink.bytesWritten - before, isLast);
    return true;
  }

  #finish(key: string, bytes: number, isLast: boolean): void {
    this.#objectBytes += bytes;
    if (!isLast) return;
    this.#openKey = undefined;
    this.#input.onObject(key, this.#objectBytes);
    this.#objectBytes = 0;
  }
}
