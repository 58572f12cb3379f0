// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { PipeModeError } from '../errors.js';
import { isBytes } from '../options/checks.js';
import type { Task } from '../workers/task.js';
import type { FileRange, LocalPart } from './body.js';
import { type PackedParts, unpackParts } from './packed-parts.js';
import { fileChange, fileResized, unreadableFile } from '../fs/file-errors.js';

/** How many bytes are read at a time, and so the largest chunk. */
export const READ_CHUNK_BYTES = 1024 * 1024;

/** What runs `READ_CHUNKS`. */
export function* readChunks({
  parts,
}: {
  readonly parts: PackedParts;
}): Generator<Uint8Array<ArrayBuffer>, undefined, undefined> {
  const reader = new PartsReader({ parts });
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(reader.chunkLength());
      const length = reader.read(chunk);
      if (length === 0) return undefined;
      yield chunk.subarray(0, length);
    }
  } finally {
    reader.return();
  }
}

/** What runs `FILL_BUFFERS`. */
export class BufferFiller implements Task<number, SharedArrayBuffer> {
  readonly #reader: PartsReader;

  constructor({ parts }: { readonly parts: PackedParts }) {
    this.#reader = new PartsReader({ parts });
  }

  next(shared: SharedArrayBuffer): IteratorResult<number, undefined> {
    const length = this.#reader.read(new Uint8Array(shared));
    return length === 0 ? { done: true, value: undefined } : { done: false, value: length };
  }

  return(): void {
    this.#reader.return();
  }
}

/** Reads parts of bodies one after the other, many small parts into one chunk. */
export class PartsReader {
  readonly #parts: readonly LocalPart[];
  #index = 0;
  /** How much of the current part has been read, in bytes. */
  #position = 0;
  /** The current part's file, if we opened it. */
  #opened: number | undefined;

  constructor({ parts }: { parts: PackedParts | readonly LocalPart[] }) {
    this.#parts = 'table' in parts ? unpackParts(parts) : parts;
  }

  /** Lets go of the file that is open, and gives nothing more. */
  return(): void {
    this.#closeFile();
    this.#index = this.#parts.length;
  }

  /** Fills `target` as far as the parts go, and says how far; 0 means that there is no more. */
  read(target: Uint8Array): number {
    let filled = 0;
    while (this.#index < this.#parts.length) {
      const part = this.#parts[this.#index]!;
      const { length } = part;
      const wanted = Math.min(length - this.#position, target.length - filled);
      if (wanted === 0 && length > this.#position) break; // the target is full
      const free = target.subarray(filled, filled + wanted);
      if (isBytes(part)) free.set(part.subarray(this.#position, this.#position + wanted));
      else this.#readFile(part, free);
      filled += wanted;
      this.#position += wanted;
      if (this.#position === length) this.#finishPart(part);
    }
    return filled;
  }

  #readFile(range: FileRange, target: Uint8Array): void {
    try {
      const fd = range.fd ?? (this.#opened ??= openUnchanged(range));
      for (let done = 0; done < target.length;) {
        const position = range.offset + this.#position + done;
        const read = readSync(fd, target, done, target.length - done, position);
        if (read === 0)
          throw fileResized(range.path, range.fileSize ?? range.offset + range.length, fstatSync(fd).size);
        done += read;
      }
    } catch (error) {
      this.#closeFile();
      throw error instanceof PipeModeError ? error : unreadableFile(range.path, error);
    }
  }

  #finishPart(part: LocalPart): void {
    this.#index++;
    this.#position = 0;
    if (this.#opened === undefined) return;
    const change = fileChange(part as FileRange, fstatSync(this.#opened));
    this.#closeFile();
    if (change) throw change;
  }

  #closeFile(): void {
    if (this.#opened !== undefined) closeSync(this.#opened);
    this.#opened = undefined;
  }

  /** How long a chunk has to be for what is left, in bytes. */
  chunkLength(): number {
    let length = -this.#position;
    for (let i = this.#index; i < this.#parts.length && length < READ_CHUNK_BYTES; i++)
      length += this.#parts[i]!.length;
    return Math.min(Math.max(length, 0), READ_CHUNK_BYTES);
  }
}

/** Opens a file, and finds out early whether it is the one that was listed if a lot would be read in vain. */
function openUnchanged(range: FileRange): number {
  // Without O_NONBLOCK, a FIFO that has taken the file's place would block the thread for good.
  const fd = openSync(range.path, constants.O_RDONLY | constants.O_NONBLOCK);
  const change = range.length > READ_CHUNK_BYTES ? fileChange(range, fstatSync(fd)) : undefined;
  if (!change) return fd;
  closeSync(fd);
  throw change;
}
