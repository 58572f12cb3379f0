// Runs in a thread of ours: everything here is synchronous.
import type { Task } from '../../workers/task.js';
import { ArchiveBytes, type UnpackInput, type UnpackSteps } from './archive-bytes.js';
import { safeNames } from './safe-name.js';
import { type TarEntry, TarReader } from './tar-reader.js';
import { TreeMaker } from './tree-maker.js';
import { tooLarge, unsafe, unsupported } from './unpack-errors.js';
import type { UnpackArguments, UnpackProgress } from './unpack-task.js';

/** A long name, the target of a link and a pax header may precede an entry. */
const HEADERS_PER_ENTRY = 4;

/** Unpacks an archive: every step takes one chunk of it. */
export class Unpacker implements Task<UnpackProgress, UnpackInput> {
  readonly #limits: UnpackArguments;
  readonly #bytes = new ArchiveBytes();
  readonly #tree: TreeMaker;
  readonly #steps: UnpackSteps;
  #entries = 0;
  #unpacked = 0;
  #isDone = false;

  constructor(args: UnpackArguments) {
    this.#limits = args;
    this.#tree = new TreeMaker(args.directory, { maxDirectories: args.maxEntries });
    this.#steps = this.#unpack();
    this.#steps.next(); // until it asks for a first chunk
  }

  /** Done in the step after the last chunk. */
  next(input: UnpackInput): IteratorResult<UnpackProgress, undefined> {
    if (this.#isDone) return { done: true, value: undefined };
    this.#isDone = this.#steps.next(input).done === true;
    return { done: false, value: { entries: this.#entries, bytes: this.#unpacked } };
  }

  return(): void {
    this.#steps.return(); // closes the file that is being written
    this.#bytes.close();
  }

  *#unpack(): UnpackSteps {
    const { maxEntries } = this.#limits;
    const reader = new TarReader(this.#bytes, { maxHeaders: maxEntries * HEADERS_PER_ENTRY });
    yield* this.#bytes.open();
    for (;;) {
      const entry = yield* reader.next();
      if (entry === undefined) break;
      if (++this.#entries > maxEntries)
        throw tooLarge(entry.name, `more than ${maxEntries} entries`, 'maxEntries');
      yield* this.#unpackEntry(entry, reader);
    }
    this.#tree.finish(this.#limits.linksMayLeave);
  }

  *#unpackEntry(entry: TarEntry, reader: TarReader): UnpackSteps {
    const { type, name, target, size, mtime } = entry;
    const names = safeNames(name);
    const isFile = type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
    if (!isFile && size > 0)
      throw unsupported(
        name,
        `is a ${type} with ${size} bytes of content`,
        'Make the archive with `tar -czf`.',
      );
    switch (type) {
      case 'File':
      case 'OldFile':
      case 'ContiguousFile':
        yield* this.#unpackFile(entry, names, reader);
        return;
      case 'Directory':
        this.#tree.directory(names, entry);
        return;
      case 'SymbolicLink':
        this.#tree.symbolicLink(names, target, mtime);
        return;
      case 'Link':
        this.#tree.hardLink(names, safeNames(target, name, 'what it links to'));
        return;
      case 'CharacterDevice':
      case 'BlockDevice':
      case 'FIFO':
        if (this.#limits.leavesOutSpecial) return;
        throw unsafe(name, type === 'FIFO' ? 'it is a FIFO' : 'it is a device');
      default:
        throw unsupported(
          name,
          `is of a kind that no model has (${type})`,
          'Make the archive with `tar -czf`.',
        );
    }
  }

  *#unpackFile(entry: TarEntry, names: readonly string[], reader: TarReader): UnpackSteps {
    const { maxBytes } = this.#limits;
    // Before anything is written of it.
    if (this.#unpacked + entry.size > maxBytes)
      throw tooLarge(entry.name, `more than ${maxBytes} bytes in its files`, 'maxBytes');
    const file = this.#tree.file(names, entry);
    try {
      yield* reader.content(entry, file.write);
      file.commit();
      this.#unpacked += entry.size;
    } finally {
      file.close();
    }
  }
}
