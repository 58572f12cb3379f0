/** A file at the destination. */
export interface StoredFile {
  /** Relative to the destination, with `/`. */
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly modified: Date | undefined;
  /** Its bytes from `start` up to but not including `end`; several ranges may be read at once. */
  read(start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A file that goes to the destination. */
export interface FileToStore {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly modified: Date;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Where checkpoints are kept. */
export interface CheckpointStore {
  /** Makes sure early that it is there, as far as that can be known. */
  open(): void;
  list(signal: AbortSignal): AsyncIterable<StoredFile>;
  /** Writes a file, which appears as a whole, in the place of one that is there. */
  write(file: FileToStore, signal: AbortSignal): Promise<void>;
  /** Deletes a file. One that is not there is deleted. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** Lets go of connections. It may be used again afterwards. */
  close(): void;
}
