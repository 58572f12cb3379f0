// Runs in a thread of ours: everything here is synchronous.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';

import { PipeModeError } from '../../errors.js';
import { writeAll } from '../../fs/write-all.js';
import { bytesOf } from './safe-name.js';
import { SymbolicLinks } from './symbolic-links.js';
import type { TarEntry } from './tar-reader.js';
import { notUnpacked, tooLarge, unsafe } from './unpack-errors.js';

/** Only what was not there: neither a second entry of a name, nor something of somebody else's. */
const MAKE_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** No set-uid, set-gid or sticky bits. */
const PERMISSIONS = 0o777;

/** Less than that is written, whatever it is: file systems keep blocks. */
const LEAST_HOLE_BYTES = 4096;
const ZEROS = Buffer.alloc(256 * 1024);

/** Whether so many zeros come that the file need not have them: some are sparse, and much larger than their content. */
function isHole(piece: Uint8Array): boolean {
  const { length } = piece;
  return (
    length >= LEAST_HOLE_BYTES && length <= ZEROS.length && ZEROS.compare(piece, 0, length, 0, length) === 0
  );
}

type Attributes = Pick<TarEntry, 'mode' | 'mtime'>;

/** Makes files, directories and links in an empty directory: nothing above or beside it. */
export class TreeMaker {
  readonly #root: string;
  readonly #maxDirectories: number;
  /** What the archive says of its directories, as far as it says anything. */
  readonly #directories = new Map<string, Attributes | undefined>();
  readonly #links = new SymbolicLinks();

  constructor(root: string, { maxDirectories }: { readonly maxDirectories: number }) {
    this.#root = root;
    this.#maxDirectories = maxDirectories;
  }

  directory(names: readonly string[], attributes: Attributes): void {
    this.#makeDirectory(names, bytesOf(names));
    if (names.length > 0) this.#directories.set(names.join('/'), attributes);
  }

  /** Begins a file. Whoever began it ends it. */
  file(names: readonly string[], { mode, mtime }: Attributes) {
    const name = this.#prepare(names);
    const fd = this.#try(name, () => openSync(this.#pathOf(names), MAKE_FILE, 0o600));
    let size = 0;
    return {
      write: (piece: Uint8Array) => {
        if (!isHole(piece)) this.#try(name, () => writeAll(fd, piece, size));
        size += piece.length;
      },
      commit: () =>
        this.#try(name, () => {
          ftruncateSync(fd, size); // what was left out at its end
          fchmodSync(fd, mode & PERMISSIONS);
          futimesSync(fd, mtime, mtime);
        }),
      close: () => closeSync(fd),
    };
  }

  symbolicLink(names: readonly string[], target: Buffer, mtime: number): void {
    this.#prepare(names);
    this.#links.add({ names, target, mtime });
  }

  /** Gives a file that is there another name. */
  hardLink(names: readonly string[], target: readonly string[]): void {
    const name = this.#prepare(names);
    const link = this.#links.at(target);
    if (link !== undefined) {
      this.#links.add({ ...link, names });
      return;
    }
    this.#links.checkAbove(target, name);
    if (target.length === 0 || this.#directories.has(target.join('/')))
      throw unsafe(name, 'it is a hard link to a directory');
    this.#try(name, () => linkSync(this.#pathOf(target), this.#pathOf(names)));
  }

  /** Makes the links, and gives the directories their permissions and times: from now on nothing changes in them. */
  finish(linksMayLeave: boolean): void {
    for (const { names, target, mtime } of this.#links.checked(linksMayLeave)) {
      const path = this.#pathOf(names);
      this.#try(bytesOf(names), () => {
        symlinkSync(target, path);
        lutimesSync(path, mtime, mtime);
      });
    }
    for (const [name, attributes] of [...this.#directories].reverse()) {
      if (attributes === undefined) continue;
      const names = name.split('/');
      this.#try(bytesOf(names), () => {
        chmodSync(this.#pathOf(names), attributes.mode & PERMISSIONS);
        utimesSync(this.#pathOf(names), attributes.mtime, attributes.mtime);
      });
    }
  }

  /** Makes sure that an entry may have its name, and that its directory is there. */
  #prepare(names: readonly string[]): Buffer {
    const name = bytesOf(names);
    if (names.length === 0) throw unsafe(name, 'it would take the place of the directory itself');
    if (this.#links.at(names) || this.#directories.has(names.join('/')))
      throw unsafe(name, 'the archive has two entries of that name');
    this.#makeDirectory(names.slice(0, -1), name);
    return name;
  }

  #makeDirectory(names: readonly string[], shown: Buffer): void {
    this.#links.checkAbove([...names, ''], shown);
    const missing: string[][] = [];
    for (let depth = names.length; depth > 0; depth--) {
      const above = names.slice(0, depth);
      if (this.#directories.has(above.join('/'))) break;
      missing.push(above);
    }
    // Those that are on the way to an entry have none of their own, and would not be counted.
    if (this.#directories.size + missing.length > this.#maxDirectories)
      throw tooLarge(shown, `more than ${this.#maxDirectories} directories`, 'maxEntries');
    for (const above of missing.reverse()) {
      this.#try(shown, () => mkdirSync(this.#pathOf(above), 0o700));
      this.#directories.set(above.join('/'), undefined);
    }
  }

  #pathOf(names: readonly string[]): Buffer {
    return Buffer.concat([Buffer.from(`${this.#root}/`), bytesOf(names)]);
  }

  #try<T>(name: Buffer, act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof PipeModeError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST')
        throw unsafe(name, 'the archive has two entries of that name (or one as "A" and one as "a")');
      if (code === 'ENOENT')
        throw unsafe(name, 'it is a hard link to a file that the archive does not have before it');
      throw notUnpacked(name, this.#root, error);
    }
  }
}
