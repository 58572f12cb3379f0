/**
 * A range of a local file: what a body can be instead of bytes, so that a sink may move it without copying
 * it through JavaScript.
 */
export interface FileRange {
  /** The file's path, or what to call the file in messages if `fd` is given. */
  readonly path: string;
  /** An open descriptor to read from instead of `path`. It stays the owner's to close. */
  readonly fd?: number;
  /** Where the range begins, in bytes. */
  readonly offset: number;
  /** How long the range is, in bytes. */
  readonly length: number;
  /** The whole file's size in bytes when it was listed: another size later is an error. */
  readonly fileSize?: number;
  /** The file's modification time when it was listed, in milliseconds: another one later is an error. */
  readonly mtimeMs?: number;
}

/** A piece of a body: bytes, or a range of a file. */
export type BodyPart = Uint8Array | FileRange;

/**
 * The content of an object: bytes, in order, in chunks of any size. It can be read once.
 *
 * A body that consists of files, or of files with a few bytes around them, says so in `parts`; whoever
 * consumes it uses either the parts or the iterator.
 */
export interface Body extends AsyncIterable<Uint8Array> {
  /** The same bytes as the iterator's, as literal bytes and ranges of files. */
  readonly parts?: readonly BodyPart[];
}

/** What an object is given when it is opened. */
export interface OpenContext {
  /** Aborted when nobody wants the bytes any more: the reader left, or the channel stops. */
  readonly signal: AbortSignal;
}

/** One object of an epoch: a file, an S3 object, an entry of a list in memory. */
export interface SourceObject {
  /** Its name; objects are ordered by the UTF-8 bytes of their keys. */
  readonly key: string;
  /** Its length in bytes, if that is known before it is read. */
  readonly size?: number | undefined;
  /** Begins a new reading of the content. Called at most once per epoch; nothing is read before the body is. */
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
 * const digits: Source = {
 *   description: 'ten digits',
 *   async *objects() {
 *     for (let i = 0; i < 10; i++) {
 *       yield { key: String(i), size: 1, open: async function* () { yield Buffer.from(String(i)); } };
 *     }
 *   },
 * };
 * ```
 */
export interface Source {
  /** What to call the source in messages, such as `s3://bucket/prefix`. */
  readonly description?: string;
  /**
   * Finds out early whether there is anything to stream: rejects with what is wrong. Called once, by
   * `start()`, before the first reader comes. Optional.
   */
  check?(context: EpochContext): void | Promise<void>;
  /** Lists the objects of one epoch, in order. Called once per epoch. */
  objects(context: EpochContext): AsyncIterable<SourceObject> | Iterable<SourceObject>;
}
