import { join } from 'node:path';

import PQueue from 'p-queue';

import { asyncDispose } from '../disposal.js';
import { onAbort } from '../abort/on-abort.js';
import { raceAbort } from '../abort/race-abort.js';
import { partsLength } from '../body/parts-length.js';
import { debugTo } from '../debug.js';
import { DirectoryWriter } from '../directory/directory-writer.js';
import type { FileSpec } from '../directory/tree-operations.js';
import { SlabPool } from '../flow/slab-pool.js';
import type { PrefetchedBody } from '../flow/prefetched-body.js';
import type { SourceObject } from '../source/source.js';
import type { Delivery, DeliveryInput, DeliveryProgress } from './delivery.js';
import { failureOf } from './failure.js';
import { ObjectStream } from './object-stream.js';
import type { OpenedObject, Segment } from './open-object.js';

const debug = debugTo('channel');

/** What the delivery of a channel's files needs to know. */
export interface FilesDeliveryInput extends DeliveryInput {
  /** Whether nobody may write to the files and directories. */
  readonly readOnly: boolean;
}

/** How many files are written at once. */
const FILES_AT_ONCE = 16;

/** How many objects are opened ahead of those that are written: latency hides behind that many. */
const OBJECTS_AHEAD = 64;

/**
 * Delivers the objects as files in a directory, `<dest>/<name>`, which appears when all of them are there: before
 * readers come. It counts as epoch 0.
 */
export class FilesDelivery implements Delivery {
  readonly deliversAhead = true;
  readonly #input: FilesDeliveryInput;
  readonly #path: string;
  readonly #writer: DirectoryWriter;
  /** Aborted with the reason when the files are not wanted any more, or one of them failed. */
  readonly #ended = new AbortController();
  readonly #queue = new PQueue({ concurrency: FILES_AT_ONCE });
  #phase: DeliveryProgress['phase'] = 'waiting';
  #since = performance.now();
  #lastKey: string | undefined;
  #openKey: string | undefined;
  #bytes = 0;
  #objects = 0;
  #stream: ObjectStream | undefined;
  /** How many local files are being copied. */
  #copying = 0;

  constructor(input: FilesDeliveryInput) {
    const { dest, name, mode, readOnly } = input;
    this.#input = input;
    this.#path = join(dest, name);
    this.#writer = new DirectoryWriter({ dest, name, mode: readOnly ? mode & ~0o222 : mode, readOnly });
  }

  get progress(): DeliveryProgress {
    const [bytes, objects] = [this.#bytes, this.#objects];
    const all = { bytes, objects, epochBytes: bytes, epochObjects: objects };
    const where = { path: this.#path, since: this.#since, lastKey: this.#lastKey, openKey: this.#openKey };
    // A copy of a local file says nothing until it is done: as long as there is one, things move.
    const copying = this.#copying > 0 ? performance.now() : 0;
    const movement = `${this.#stream?.chunksArrived ?? 0} ${copying}`;
    return { phase: this.#phase, epoch: 0, waitingFor: 'source', ...where, ...all, movement };
  }

  async check(signal: AbortSignal): Promise<void> {
    this.#since = performance.now();
    await raceAbort(this.#input.source.check?.({ epoch: 0, signal }), signal);
  }

  /** Writes everything. */
  async prepare(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted(); // nothing has begun
    const { name, observer } = this.#input;
    debug('%s: epoch 0: waiting → streaming', name);
    this.#phase = 'streaming';
    this.#since = performance.now();
    const path = this.#path;
    const began = performance.now();
    observer.epochStart({ epoch: 0, path });
    await this.#writeAll(signal);
    const durationMs = performance.now() - began;
    const [bytes, objects] = [this.#bytes, this.#objects];
    observer.epochEnd({ epoch: 0, path, bytes, objects, durationMs, outcome: 'complete' });
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted(); // the files are there
  }

  /** Removes the directory, or what cannot be used again of one that is not complete. */
  close(): Promise<void> {
    return this.#writer.remove();
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const unwatch = onAbort(signal, () => {
      this.#ended.abort(signal.reason);
    });
    const ended = this.#ended.signal;
    try {
      const mayKeep = await this.#writer.create(); // to its end, whatever comes: what it has made is known only then
      ended.throwIfAborted();
      onAbort(ended, this.#giveUp);
      await this.#writeObjects(mayKeep);
      ended.throwIfAborted();
      await this.#writer.publish();
      ended.throwIfAborted();
    } catch (error) {
      throw ended.aborted ? ended.reason : error; // what came first is what is reported
    } finally {
      unwatch();
      await this.#writer.close();
    }
  }

  /** Ends what is being written wherever it is. */
  readonly #giveUp = (): void => {
    this.#queue.clear();
    void this.#writer.close();
  };

  async #writeObjects(mayKeep: boolean): Promise<void> {
    const { signal } = this.#ended;
    const slabs = new SlabPool(this.#input.prefetchBytes);
    const stream = new ObjectStream({
      ...this.#input,
      epoch: 0,
      signal,
      slabs,
      objectsAhead: OBJECTS_AHEAD,
      ...(mayKeep && { isWanted: async (object) => !(await this.#keep(object)) }),
    });
    this.#stream = stream;
    try {
      for (let next = await stream.next(); !next.done; next = await stream.next()) {
        for (const object of next.value) {
          void this.#queue
            .add(() => this.#write(object))
            .catch((error: unknown) => {
              this.#ended.abort(error);
            });
          await this.#queue.onSizeLessThan(OBJECTS_AHEAD);
        }
      }
      await this.#queue.onIdle();
    } finally {
      this.#queue.clear();
      slabs.close(); // whoever made the channel may keep it for long
      await stream[asyncDispose]();
    }
  }

  /** Whether an earlier attempt has left the object as it is now. */
  async #keep({ key, path = key, size, version }: SourceObject): Promise<boolean> {
    if (size === undefined || version === undefined || this.#input.transforms.length > 0) return false;
    const isKept = await this.#writer.reuse({ key, path, version }, size);
    if (isKept) this.#finish(key, size);
    return isKept;
  }

  async #write(object: OpenedObject): Promise<void> {
    const { key, segments } = object;
    const first = segments[0]!;
    const spec = this.#specOf(object);
    try {
      if (segments.length === 1 && 'parts' in first) {
        this.#copying++;
        await this.#writer.writeLocal(spec, first.parts).finally(() => this.#copying--);
        this.#finish(key, partsLength(first.parts));
      } else {
        this.#finish(key, await this.#writeSegments(spec, segments));
      }
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Writing failed for', key });
    }
  }

  async #writeSegments(spec: FileSpec, segments: readonly Segment[]): Promise<number> {
    const file = await this.#writer.begin(spec);
    this.#openKey = spec.key;
    let bytes = 0;
    for (const segment of segments) {
      if ('parts' in segment) {
        this.#copying++;
        await file.appendParts(segment.parts).finally(() => this.#copying--);
        bytes += partsLength(segment.parts);
        continue;
      }
      if ('inflated' in segment) throw new Error('only a pipe inflates by itself');
      for await (const chunks of chunksOf(segment.body)) {
        await file.append(chunks);
        bytes += partsLength(chunks);
      }
    }
    await file.commit();
    return bytes;
  }

  /** Transforms do not keep an object's path. If they change its key, its path changes likewise. */
  #specOf({ key, listed }: OpenedObject): FileSpec {
    const { path = listed.key, version } = listed;
    const folder = listed.key.endsWith(path) ? listed.key.slice(0, -path.length || undefined) : '';
    const isRenamed = key !== listed.key;
    const renamed = key.startsWith(folder) ? key.slice(folder.length) : key;
    const isPlain = this.#input.transforms.length === 0;
    return { key, path: isRenamed ? renamed : path, version: isPlain ? version : undefined };
  }

  #finish(key: string, bytes: number): void {
    this.#bytes += bytes;
    this.#objects++;
    this.#lastKey = key;
    this.#openKey = undefined;
    this.#input.observer.object({ epoch: 0, key, bytes });
  }
}

async function* chunksOf(body: PrefetchedBody): AsyncGenerator<readonly Uint8Array[]> {
  for (;;) {
    const { chunks, release } = await body.take();
    if (chunks.length === 0) return;
    yield chunks as readonly Uint8Array[]; // ranges were not asked for
    release();
  }
}
