import { partsLength } from '../body/parts-length.js';
import type { PipeModeError } from '../errors.js';
import type { SlabPool } from '../flow/slab-pool.js';
import type { PrefetchedBody } from '../flow/prefetched-body.js';
import type { FifoSink } from '../fifo/fifo-sink.js';
import type { Source } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import type { EpochOutcome } from './events.js';
import { failureOf } from './failure.js';
import { ObjectStream } from './object-stream.js';
import type { LocalSegment, OpenedObject } from './open-object.js';

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

/** Some local segment of an object. */
interface Neighbour extends LocalSegment {
  readonly key: string;
  /** Whether the object ends with it. */
  readonly isLast: boolean;
}

/** Writes all objects of one epoch into a sink that a reader has opened; ends early if that reader leaves. */
export class EpochWriter {
  readonly #input: EpochInput;
  #isRunning = false;
  #objectBytes = 0;

  constructor(input: EpochInput) {
    this.#input = input;
  }

  /** Whether there is nothing to write because the source or a transform has not delivered. */
  get waitsForSource(): boolean {
    return this.#isRunning && !this.#input.sink.isWriting;
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

  /** This is where an epoch can be handed over as a whole to a faster way of writing. */
  async #writeEpoch(): Promise<boolean> {
    const { sink, signal } = this.#input;
    const objects = new ObjectStream({
      ...this.#input,
      signal: AbortSignal.any([sink.signal, signal]),
      objectsAhead: OBJECTS_AHEAD,
    });
    try {
      for (;;) {
        const next = await sink.unlessReaderLeaves(objects.next());
        if (!next) return false;
        if (next.done) return true;
        if (!(await this.#writeObjects(next.value))) return false;
      }
    } finally {
      await objects[Symbol.asyncDispose]();
    }
  }

  /**
   * Writes objects, neighbouring local segments together, and says whether it has written all of them. This is where a
   * run of objects can be handed over to a faster way of writing.
   */
  async #writeObjects(objects: readonly OpenedObject[]): Promise<boolean> {
    let neighbours: Neighbour[] = [];
    let bytes = 0;
    for (const { key, segments } of objects) {
      for (const [index, segment] of segments.entries()) {
        const isLast = index === segments.length - 1;
        if ('parts' in segment) {
          neighbours.push({ key, isLast, parts: segment.parts });
          bytes += partsLength(segment.parts);
          if (bytes < BATCH_BYTES) continue;
        }
        if (!(await this.#writeLocal(neighbours))) return false;
        neighbours = [];
        bytes = 0;
        if ('body' in segment && !(await this.#writeBody(segment.body, key, isLast))) return false;
      }
    }
    return await this.#writeLocal(neighbours);
  }

  async #writeLocal(neighbours: readonly Neighbour[]): Promise<boolean> {
    if (neighbours.length === 0) return true;
    const { sink } = this.#input;
    const before = sink.bytesWritten;
    let isComplete = false;
    try {
      isComplete = await sink.writeParts(neighbours.flatMap(({ parts }) => parts));
    } catch (error) {
      const { path } = error as Partial<PipeModeError>;
      const culprit = neighbours.find(({ parts }) =>
        parts.some((part) => 'path' in part && part.path === path),
      );
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Reading failed for', key: culprit?.key });
    } finally {
      this.#reportLocal(neighbours, sink.bytesWritten - before, isComplete);
    }
    return isComplete;
  }

  /** When not all of it was written, nobody knows of empty objects after the last byte whether they were their turn. */
  #reportLocal(neighbours: readonly Neighbour[], written: number, isComplete: boolean): void {
    let rest = written;
    for (const { key, parts, isLast } of neighbours) {
      const bytes = partsLength(parts);
      if (bytes > rest || (rest === 0 && !isComplete)) return;
      rest -= bytes;
      this.#finish(key, bytes, isLast);
    }
  }

  async #writeBody(body: PrefetchedBody, key: string, isLast: boolean): Promise<boolean> {
    const { sink } = this.#input;
    const before = sink.bytesWritten;
    for (;;) {
      const taken = await sink.unlessReaderLeaves(body.take());
      if (!taken) return false;
      if (taken.chunks.length === 0) break;
      if (!(await sink.writeParts(taken.chunks))) return false;
      taken.release();
    }
    this.#finish(key, sink.bytesWritten - before, isLast);
    return true;
  }

  #finish(key: string, bytes: number, isLast: boolean): void {
    this.#objectBytes += bytes;
    if (!isLast) return;
    this.#input.onObject(key, this.#objectBytes);
    this.#objectBytes = 0;
  }
}
