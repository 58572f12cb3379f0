// Runs in a thread of ours: everything here is synchronous.
import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';

import { PipeModeError } from '../../errors.js';
import type { Task } from '../../workers/task.js';
import { BLOCK_BYTES, paddingOf } from '../tar-header.js';
import { type BlockSteps, BlocksWriter } from './blocks-writer.js';
import { encodeHeader } from './entry-header.js';
import { changed, unreadableEntry } from './pack-errors.js';
import type { PackStep } from './pack-task.js';
import { type LeftOut, type TreeEntry, treeEntries } from './tree.js';

/** Not through a link that was put in the file's place, and without waiting for the writer of a FIFO that was. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Two blocks of zeros. */
const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

/** Packs a directory as tar. Every step fills the memory that it is given. */
export class Packer implements Task<PackStep, SharedArrayBuffer> {
  readonly #directory: string;
  readonly #firstNames = new Map<string, Buffer>();
  #leftOut: LeftOut[] = [];
  #steps: BlockSteps | undefined;
  #entries = 0;
  #bytes = 0;

  constructor({ directory }: { readonly directory: string }) {
    this.#directory = directory;
  }

  next(memory: SharedArrayBuffer): IteratorResult<PackStep, undefined> {
    const first = this.#steps === undefined;
    this.#steps ??= this.#pack(new BlocksWriter(memory));
    const { done, value } = first ? this.#steps.next() : this.#steps.next(memory);
    if (done) return { done: true, value: undefined };
    const leftOut = this.#leftOut;
    this.#leftOut = [];
    return {
      done: false,
      value: { length: value, leftOut, entries: this.#entries, bytes: this.#bytes },
    };
  }

  return(): void {
    this.#steps?.return(); // closes the file that is being read
  }

  *#pack(output: BlocksWriter): BlockSteps {
    for (const entry of treeEntries(this.#directory, (leftOut) => this.#leftOut.push(leftOut))) {
      yield* this.#packEntry(entry, output);
      this.#entries++;
    }
    yield* output.put(END_OF_ARCHIVE);
    yield* output.end();
  }

  *#packEntry(entry: TreeEntry, output: BlocksWriter): BlockSteps {
    const first = this.#firstNameOf(entry);
    if (first !== undefined) yield* output.put(headerOf(entry, 'Link', 0, first));
    else if (entry.kind === 'file') yield* this.#packFile(entry, output);
    else if (entry.kind === 'directory') yield* output.put(headerOf(entry, 'Directory', 0));
    else yield* output.put(headerOf(entry, 'SymbolicLink', 0, entry.target));
  }

  /** Under which name a file is in the archive already, if it has several. */
  #firstNameOf({ kind, stats, name }: TreeEntry): Buffer | undefined {
    if (kind !== 'file' || stats.nlink < 2n) return undefined;
    const identity = `${stats.dev}:${stats.ino}`;
    const first = this.#firstNames.get(identity);
    if (first === undefined) this.#firstNames.set(identity, name);
    return first;
  }

  *#packFile(entry: TreeEntry, output: BlocksWriter): BlockSteps {
    const { path, stats: listed } = entry;
    let fd: number | undefined;
    try {
      fd = openSync(path, OPEN_FLAGS);
      checkUnchanged(path, listed, fstatSync(fd, { bigint: true }));
      const size = Number(listed.size);
      yield* output.put(headerOf(entry, 'File', size));
      const read = yield* output.read(fd, size);
      checkUnchanged(path, listed, fstatSync(fd, { bigint: true }));
      if (read < size) throw changed(path, `had ${size} bytes, and only ${read} could be read,`);
      this.#bytes += size;
      yield* output.put(END_OF_ARCHIVE.subarray(0, paddingOf(size)));
    } catch (error) {
      throw error instanceof PipeModeError ? error : unreadableEntry(path, error);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}

function headerOf(
  { name, stats }: TreeEntry,
  type: 'File' | 'Directory' | 'SymbolicLink' | 'Link',
  size: number,
  target?: Buffer,
): Buffer {
  const mtime = Number(stats.mtimeNs / 1_000_000_000n - (stats.mtimeNs % 1_000_000_000n < 0n ? 1n : 0n));
  return encodeHeader({ type, name, mode: Number(stats.mode) & 0o7777, size, mtime, target });
}

function checkUnchanged(path: Buffer, before: BigIntStats, now: BigIntStats): void {
  if (now.dev !== before.dev || now.ino !== before.ino) throw changed(path, 'was replaced by another file');
  if (now.size !== before.size) {
    const verb = now.size > before.size ? 'grew' : 'shrank';
    throw changed(path, `${verb} from ${before.size} to ${now.size} bytes`);
  }
  if (now.mtimeNs !== before.mtimeNs || now.ctimeNs !== before.ctimeNs) throw changed(path, 'was modified');
}
