/**
 * A range of a local file: what a body can be instead of bytes, so that a sink may move it without copying
 * it through JavaScript.
 */
export interface FileRange {
  /** The file's path, or what to call the file in messages if `fd` is given. */
  readonly path: string;
  /** An open descriptor to read from instead of `path`. It stays the owner's to close, and to check for changes. */
  readonly fd?: number;
  /** Where the range begins, in bytes. */
  readonly offset: number;
  /** How long the range is, in bytes. */
  readonly length: number;
  /** The whole file's size in bytes when it was listed: another size later is an error. */
  readonly fileSize?: number;
  /** The file's modification time when it was listed, in milliseconds: another one later is an error. */
  readonly mtimeMs?: number;
  /**
   * When the file's status changed, as it was when it was listed, in milliseconds: another time later is an error.
   * Unlike the modification time, nobody can set it back.
   */
  readonly ctimeMs?: number;
  /** The file's inode when it was listed: another file under the same name is an error. */
  readonly inode?: number;
}

/**
 * A range of something that can be fetched independently of its neighbours, such as a range of an S3 object:
 * several may be under way at once, ahead of their turn.
 */
export interface FetchedRange {
  /** How long the range is, in bytes. */
  readonly length: number;
  /** Begins to fetch `length` bytes of it from `offset` on. */
  readonly fetch: (offset: number, length: number) => AsyncIterable<Uint8Array>;
}

/** A piece of a body that is on this machine: bytes, or a range of a file. */
export type LocalPart = Uint8Array | FileRange;

/** A piece of a body. */
export type BodyPart = LocalPart | FetchedRange;

/**
 * The content of an object: bytes, in order, in chunks of any size. It can be read once. A chunk must not change
 * once it has been given away: it may wait for its turn.
 *
 * A body that consists of files, or of ranges that can be fetched independently, perhaps with a few bytes around
 * them, says so in `parts`; whoever consumes it uses either the parts or the iterator.
 */
export interface Body extends AsyncIterable<Uint8Array> {
  /** The same bytes as the iterator's, in pieces that need not go through it. */
  readonly parts?: readonly BodyPart[];
}
