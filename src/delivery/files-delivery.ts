import { join } from 'node:path';

import PQueue from 'p-queue';

import { partsLength } from '../body/parts-length.js';
import { DirectorySink } from '../directory/directory-sink.js';
import type { FileSpec } from '../directory/file-tree.js';
import { onAbort } from '../abort/on-abort.js';
import { pagesOf } from '../source/pages-of.js';
import type { OpenContext, Source, SourceObject } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { failureOf } from './failure.js';
import { settleWithin } from '../abort/settle-within.js';
import { MemoryBudget } from '../flow/memory-budget.js';
import { nothingListed } from './nothing-listed.js';
import { type Ahead, type Piece, piecesOf } from './open-object.js';
import { type PrefetchedBody, Prefetcher } from '../flow/prefetch.js';
import { SlabPool } from '../flow/buffer-pool.js';

/** What the delivery of a channel's files needs to know. */
export interface FileDeliveryInput {
  readonly name: string;
  readonly dest: string;
  readonly source: Source;
  readonly transforms: readonly Transform[];
  /** How much may be held in memory, in bytes. */
  readonly prefetchBytes: number;
  /** The files' permission bits. */
  readonly mode: number;
  /** Whether nobody may write to the files and directories. */
  readonly readOnly: boolean;
  /** Told about every file that is complete. */
  readonly onObject: (key: string, bytes: number) => void;
}

/** How many files are written at once. */
const FILES_AT_ONCE = 16;

/** How many objects are opened ahead of those that are written: latency hides behind that many. */
const OBJECTS_AHEAD = 64;

/** How many ranges, and how many bodies, are fetched at once. */
const FETCHES_AT_ONCE = 32;

/**
 * What File mode does instead of epochs: writes the objects into a directory, which appears when all of them are
 * there.
 */
export class FileDelivery {
  /** The directory. */
  readonly path: string;
  readonly #input: FileDeliveryInput;
  readonly #sink: DirectorySink;
  readonly #ended = new AbortController();
  readonly #fetches: Prefetcher;
  readonly #bodies: Prefetcher;
  readonly #memory: MemoryBudget;
  readonly #queue = new PQueue({ concurrency: FILES_AT_ONCE });
  #failure: Error | undefined;
  #bytes = 0;
  #objects = 0;

  constructor(input: FileDeliveryInput) {
    const { dest, name, mode, readOnly } = input;
    this.#input = input;
    this.path = join(dest, name);
    this.#sink = new DirectorySink({ dest, name, mode: readOnly ? mode & ~0o222 : mode, readOnly });
    this.#memory = new MemoryBudget(input.prefetchBytes);
    const slabs = new SlabPool();
    this.#fetches = new Prefetcher(this.#memory, slabs, FETCHES_AT_ONCE);
    this.#bodies = new Prefetcher(this.#memory, slabs, FETCHES_AT_ONCE);
  }

  /** How many bytes the files have that are complete. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many files are complete. */
  get objects(): number {
    return this.#objects;
  }

  /** Writes everything, once; rejects with the signal's reason as soon as that is aborted. */
  async deliver(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let fail!: (error: Error) => void;
    const failed = new Promise<never>((_resolve, reject) => {
      fail = (error) => {
        this.#failure ??= error;
        this.#ended.abort();
        reject(this.#failure);
      };
    });
    const unwatch = onAbort(signal, () => {
      fail(signal.reason as Error);
    });
    try {
      await Promise.race([this.#writeAll(fail), failed]);
    } finally {
      unwatch();
      this.#ended.abort();
      this.#queue.clear();
      await settleWithin([this.#fetches.cancel(), this.#bodies.cancel()]);
      await this.#sink.close();
    }
  }

  /** Removes the directory, or what cannot be used again of one that is not complete. May be called again. */
  remove(): Promise<void> {
    return this.#sink.remove();
  }

  async #writeAll(fail: (error: Error) => void): Promise<void> {
    const mayKeep = await this.#sink.create();
    for await (const object of this.#objectsOf()) {
      if (this.#failure) return;
      if (mayKeep && (await this.#keep(object))) continue;
      const pieces = this.#open(object);
      void this.#queue.add(() => this.#write(object, pieces)).catch(fail);
      await this.#queue.onSizeLessThan(OBJECTS_AHEAD);
    }
    await this.#queue.onIdle();
    if (this.#failure) return;
    if (this.#objects === 0 && !this.#input.source.mayBeEmpty)
      throw nothingListed({ ...this.#input, epoch: 0 });
    await this.#sink.complete();
  }

  async *#objectsOf(): AsyncGenerator<SourceObject> {
    const context = { epoch: 0, signal: this.#ended.signal };
    try {
      for await (const page of pagesOf(this.#input.source, context)) yield* page;
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Listing the source failed' });
    }
  }

  /** Whether an earlier attempt has left the object as it is now. */
  async #keep({ key, path = key, size, version }: SourceObject): Promise<boolean> {
    if (size === undefined || version === undefined || this.#input.transforms.length > 0) return false;
    const isKept = await this.#sink.keep({ key, path, version }, size);
    if (isKept) this.#finish(key, size);
    return isKept;
  }

  #open(object: SourceObject): Piece[] {
    const { signal } = this.#ended;
    const context: OpenContext = { signal, memory: this.#memory };
    const ahead: Ahead = {
      fetch: (open) => this.#fetches.add(open),
      make: (open) => this.#bodies.add(open),
    };
    return piecesOf(object, this.#input.transforms, context, ahead);
  }

  async #write(object: SourceObject, pieces: readonly Piece[]): Promise<void> {
    const first = pieces[0]!;
    const { key } = first;
    const spec = this.#specOf(object, key);
    try {
      if (pieces.length === 1 && 'parts' in first) {
        await this.#sink.place(spec, first.parts);
        this.#finish(key, partsLength(first.parts));
      } else {
        this.#finish(key, await this.#writePieces(spec, pieces));
      }
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Writing failed for', key });
    }
  }

  async #writePieces(spec: FileSpec, pieces: readonly Piece[]): Promise<number> {
    const file = await this.#sink.begin(spec);
    let bytes = 0;
    for (const piece of pieces) {
      if ('parts' in piece) {
        await file.appendParts(piece.parts);
        bytes += partsLength(piece.parts);
        continue;
      }
      if ('inflated' in piece) throw new Error('only a pipe inflates by itself');
      for await (const chunks of this.#chunksOf(piece.ahead)) {
        await file.append(chunks);
        bytes += partsLength(chunks);
      }
    }
    await file.commit();
    return bytes;
  }

  async *#chunksOf(body: PrefetchedBody): AsyncGenerator<readonly Uint8Array[]> {
    for (;;) {
      const { chunks, release } = await body.take();
      this.#ended.signal.throwIfAborted(); // a body that is cancelled ends like one that is complete
      if (chunks.length === 0) return;
      yield chunks;
      release();
    }
  }

  /** Transforms do not keep an object's path. If they change its key, its path changes likewise. */
  #specOf(object: SourceObject, key: string): FileSpec {
    const { path = object.key, version } = object;
    const folder = object.key.endsWith(path) ? object.key.slice(0, -path.length || undefined) : '';
    const isRenamed = key !== object.key;
    const renamed = key.startsWith(folder) ? key.slice(folder.length) : key;
    const isPlain = this.#input.transforms.length === 0;
    return { key, path: isRenamed ? renamed : path, version: isPlain ? version : undefined };
  }

  #finish(key: string, bytes: number): void {
    this.#bytes += bytes;
    this.#objects++;
    this.#input.onObject(key, bytes);
  }
}
