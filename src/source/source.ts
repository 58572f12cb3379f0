import type { Body } from '../body/body.js';
import type { Slabs } from '../body/lent-slab.js';

/** The channel's bound on memory, for sources and transforms that hold more than a chunk. */
export interface MemoryLimit {
  /** Reserves bytes unless there is no room for them; says whether it has. */
  tryReserve(bytes: number): boolean;
  /** Gives back what was reserved. */
  release(bytes: number): void;
  /**
   * Memory that was used before, to gather small chunks in. It is reserved as any other.
   *
   * @internal
   */
  readonly slabs?: Slabs | undefined;
}

/** What an object is given when it is opened. */
export interface OpenContext {
  /** Aborted when nobody wants the bytes any more: the reader left, or the channel stops. */
  readonly signal: AbortSignal;
  /** How much may be held in memory, by this object and all others that are read ahead together. */
  readonly memory: MemoryLimit;
}

/** One object of an epoch: a file, an S3 object, an entry of a list in memory. */
export interface SourceObject {
  /** Its name; objects are ordered by the UTF-8 bytes of their keys. */
  readonly key: string;
  /** Its length in bytes, if that is known before it is read. */
  readonly size?: number | undefined;
  /**
   * Where File mode puts it: a path below the channel's directory, with `/`. Default: its key. For an S3 object it
   * is the part of the key that follows the prefix's folder.
   */
  readonly path?: string | undefined;
  /**
   * What tells this content from another one under the same key, such as an ETag. A file that File mode has
   * downloaded is used again if it has the same version, and only then. Default none.
   */
  readonly version?: string | undefined;
  /**
   * `false` if the content is never compressed, whatever the channel says about its objects: `gunzip` leaves it as it
   * is. The values that stand in an augmented manifest itself are like that.
   */
  readonly compressed?: false | undefined;
  /**
   * Begins a new reading of the content. Called at most once per epoch; nothing is read before the body is. Several
   * objects' bodies are read at once, ahead of their turn; a chunk must not change once it has been yielded.
   */
  open(context: OpenContext): Body | AsyncIterable<Uint8Array>;
}

/** What a source is told about the epoch that it lists. */
export interface EpochContext {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** Aborted when the epoch is over before its objects are: stop listing. */
  readonly signal: AbortSignal;
}

/**
 * Where a channel's objects come from.
 *
 * @example A source of one's own
 * ```ts
 * import { createChannel, type Source } from 'sagemaker-pipe-mode';
 *
 * const digits: Source = {
 *   description: 'ten digits',
 *   async *objects() {
 *     for (let i = 0; i < 10; i++) {
 *       yield { key: String(i), size: 1, open: async function* () { yield Buffer.from(String(i)); } };
 *     }
 *   },
 * };
 * await createChannel({ name: 'training', source: digits, dest: './ml/input/data', epochs: 1 }).start();
 * ```
 */
export interface Source {
  /** What to call the source in messages, such as `s3://bucket/prefix`. */
  readonly description?: string;
  /**
   * Whether the objects are files of this machine: the threads that read them are then started before the first
   * reader comes. Optional.
   */
  readonly readsFiles?: boolean | undefined;
  /**
   * Whether it lists few files, without the thread that lists many. Asked by `start()`.
   *
   * @internal
   */
  listsHere?(): boolean;
  /**
   * Whether an epoch without any object is right, as for a host for which none is left. Default `false`: it fails
   * the channel with `SOURCE_EMPTY`.
   */
  readonly mayBeEmpty?: boolean | undefined;
  /**
   * Whether every entry of `index()` is one object, and `objects()` lists them in the same order: then sharding
   * deals objects out as they are listed, and needs no index. Default `false`.
   */
  readonly entriesAreObjects?: boolean | undefined;
  /**
   * Finds out early whether there is anything to stream: rejects with what is wrong. Called once, by
   * `start()`, before the first reader comes. Optional.
   */
  check?(context: EpochContext): void | Promise<void>;
  /**
   * Lets go of what the source holds between epochs, such as connections. Called once, when the channel ends;
   * the source may be used again afterwards. Optional.
   */
  close?(): void | Promise<void>;
  /** Lists the objects of one epoch, in order. Called once per epoch. */
  objects(context: EpochContext): AsyncIterable<SourceObject> | Iterable<SourceObject>;
  /**
   * The same objects as `objects()`, many at a time: used instead of it where it is there, because it costs less.
   * Optional.
   */
  pages?(context: EpochContext): AsyncIterable<readonly SourceObject[]>;
  /**
   * Access to the epoch's entries in any order: what shuffling and sharding are built on. Optional: without it they
   * list the objects first, and hold them.
   */
  index?(context: EpochContext): Promise<SourceIndex>;
}

/** The entries of an epoch, by their positions: those of a manifest, or the lines of an augmented manifest. */
export interface SourceIndex {
  /** How many entries there are. */
  readonly length: number;
  /**
   * The objects of the entries at these positions, counted from 0, in this order, many at a time. An entry may be
   * several objects (the attributes of a line), which stay together.
   */
  read(positions: Iterable<number>): AsyncIterable<readonly SourceObject[]>;
  /** Lets go of it. Called once, when nobody reads any more. */
  close?(): void | Promise<void>;
}
