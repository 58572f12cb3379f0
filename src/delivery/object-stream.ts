import { asyncDispose } from '../disposal.js';
import { onAbort } from '../abort/on-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { PipeModeError } from '../errors.js';
import { BoundedQueue } from '../flow/bounded-queue.js';
import { ChunkMeter } from '../flow/chunk-meter.js';
import { FirstChunks } from '../flow/first-chunks.js';
import type { SlabPool } from '../flow/slab-pool.js';
import { MemoryBudget } from '../flow/memory-budget.js';
import { Prefetcher } from '../flow/prefetcher.js';
import { pagesOf } from '../source/pages-of.js';
import type { MemoryLimit, OpenContext, Source, SourceObject } from '../source/source.js';
import type { Transform } from '../transform/transform.js';
import { failureOf } from './failure.js';
import { nothingListed } from './nothing-listed.js';
import { bytesHeld, openObject, type OpenedObject } from './open-object.js';

/** What a delivery streams. */
export interface ObjectStreamInput {
  readonly source: Source;
  readonly transforms: readonly Transform[];
  /** How much may be read ahead, in bytes. */
  readonly prefetchBytes: number;
  readonly epoch: number;
  /** Ends the stream: whoever waits for its next objects or for their bytes gets the reason. */
  readonly signal: AbortSignal;
  /** Memory for what is read ahead. */
  readonly slabs: SlabPool;
  /** How many objects are opened ahead of those that were asked for, beyond the page that takes it there. */
  readonly objectsAhead: number;
  /** Whether whoever writes the objects takes ranges of files among the bytes of a body. Default `false`. */
  readonly sinkTakesRanges?: boolean;
  /** Whether whoever writes the objects inflates files by itself. Default `false`. */
  readonly sinkInflates?: boolean;
  /** Asked of every object before it is opened. Default: all of them are wanted. */
  readonly isWanted?: (object: SourceObject) => Promise<boolean>;
}

/** How many bodies, or ranges of bodies, are read at once: latency hides behind that many. */
const BODIES_AT_ONCE = 32;

/** Lists the objects of one epoch, transforms and opens them, and begins to read them before their turn; in order. */
export class ObjectStream implements AsyncDisposable {
  readonly #input: ObjectStreamInput;
  readonly #ended = new AbortController();
  readonly #memory: MemoryBudget;
  readonly #context: OpenContext;
  readonly #prefetcher: Prefetcher;
  readonly #queue: BoundedQueue<OpenedObject>;
  readonly #unwatch: () => void;

  constructor(input: ObjectStreamInput) {
    this.#input = input;
    const memory = (this.#memory = new MemoryBudget(input.prefetchBytes, input.slabs));
    this.#context = {
      signal: this.#ended.signal,
      memory: {
        tryReserve: (bytes) => memory.tryReserveToHold(bytes),
        release: (bytes) => {
          memory.release(bytes);
        },
        slabs: input.slabs,
      },
    };
    this.#prefetcher = new Prefetcher(memory, input.slabs, BODIES_AT_ONCE);
    this.#queue = new BoundedQueue({
      items: input.objectsAhead,
      weight: input.prefetchBytes,
      sizeOf: bytesHeld,
    });
    this.#unwatch = onAbort(input.signal, () => void this.#end(input.signal.reason));
    if (input.signal.aborted) void this.#end(input.signal.reason);
    else void this.#queue.fill(this.#open());
  }

  /** The bound on memory of everything that is read ahead. */
  get memory(): MemoryLimit {
    return this.#context.memory;
  }

  /** How many chunks sources have delivered so far. */
  get chunksArrived(): number {
    return this.#memory.chunksArrived;
  }

  /**
   * All objects that were opened since, once there are any.
   *
   * @throws what listing them failed with, after those before it; the reason of the signal or of `end()`.
   */
  async next(): Promise<IteratorResult<readonly OpenedObject[], undefined>> {
    const objects = await this.#queue.take();
    return objects.length > 0 ? { done: false, value: objects } : { done: true, value: undefined };
  }

  /** Ends the work of the source and the transforms, whether they are done or not. */
  async [asyncDispose](): Promise<void> {
    await this.#end(new PipeModeError('ABORTED', `Epoch ${this.#input.epoch} is over.`));
  }

  async *#open(): AsyncGenerator<readonly OpenedObject[]> {
    const { source, epoch, transforms, sinkTakesRanges = false, sinkInflates = false } = this.#input;
    const { signal } = this.#context;
    const firstChunks = new FirstChunks(BODIES_AT_ONCE);
    const makeMeter = () => new ChunkMeter(this.#memory, firstChunks);
    const openWith = { prefetcher: this.#prefetcher, makeMeter, sinkTakesRanges, sinkInflates };
    let isEmpty = true;
    try {
      for await (const page of pagesOf(source, { epoch, signal })) {
        if (page.length > 0) isEmpty = false;
        const wanted = await this.#wanted(page);
        signal.throwIfAborted();
        yield wanted.map((object) => openObject(object, transforms, this.#context, openWith));
      }
      signal.throwIfAborted(); // a source that is told to stop may end as if this were all
    } catch (error) {
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Listing the source failed' });
    }
    if (isEmpty && !source.mayBeEmpty) throw nothingListed(this.#input);
  }

  async #wanted(page: readonly SourceObject[]): Promise<readonly SourceObject[]> {
    const { isWanted } = this.#input;
    if (!isWanted) return page;
    const wanted: SourceObject[] = [];
    for (const object of page) if (await isWanted(object)) wanted.push(object);
    return wanted;
  }

  async #end(reason: unknown): Promise<void> {
    this.#unwatch();
    this.#queue.cancel(reason);
    const cancelled = this.#prefetcher.cancel(reason);
    this.#ended.abort(reason);
    await settleWithin([cancelled]);
  }
}
