import type { Dirent } from 'node:fs';

import { PipeModeError } from '../../errors.js';
import { DirectoryReader, identityOf, statEntry } from './directory-entries.js';
import { decodeName, mayBeMisread, statPath } from './file-names.js';
import { TimeSlices } from './time-slices.js';

/** How many entries are looked at between two looks at the clock. */
const ENTRIES_PER_LOOK = 256;

/**
 * Looks at every name below a path, and follows every symbolic link; says whether there is any regular file. The status
 * of regular files is not asked for, so that it takes about a tenth of a second for 100,000 of them.
 *
 * What is wrong with a name or a link is so found in one place, wherever in the tree it is: here, and not when the first
 * bytes have been sent.
 *
 * @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`; the signal's reason
 */
export async function checkTree(root: string, signal: AbortSignal): Promise<boolean> {
  const stats = statPath(root);
  if (!stats.isDirectory()) return stats.isFile();
  const check = new TreeCheck(signal);
  await check.directory(root, [identityOf(stats)]);
  return check.holdsFile;
}

/** What is wrong with a path below which `checkTree` has found nothing. */
export function noFileBelow(root: string): PipeModeError {
  return new PipeModeError(
    'SOURCE_EMPTY',
    `There is no regular file in "${root}", so there is nothing to stream. Put the data there, or check the path.`,
    { path: root },
  );
}

class TreeCheck {
  holdsFile = false;
  readonly #slices: TimeSlices;
  #entries = 0;

  constructor(signal: AbortSignal) {
    this.#slices = new TimeSlices(signal);
  }

  async directory(path: string, ancestors: readonly string[]): Promise<void> {
    for (const name of await this.#namesToFollow(path)) await this.#follow(`${path}/${name}`, ancestors);
  }

  /** Directories are left before those in them are entered: a tree may be deeper than files can be open. */
  async #namesToFollow(directory: string): Promise<string[]> {
    const names: string[] = [];
    let misread = 0;
    await this.#read(DirectoryReader.inStrings(directory), (entry) => {
      if (mayBeMisread(entry.name)) misread++;
      if (entry.isFile()) this.holdsFile = true;
      else if (entry.isDirectory() || entry.isSymbolicLink()) names.push(entry.name);
    });
    if (misread > 0)
      await this.#read(DirectoryReader.inBytes(directory), ({ name }) => decodeName(directory, name));
    return names;
  }

  async #read<Name extends string | Buffer>(
    opened: DirectoryReader<Name>,
    look: (entry: Dirent<Name>) => void,
  ): Promise<void> {
    using reader = opened;
    for (let entry = reader.next(); entry; entry = reader.next()) {
      if (++this.#entries % ENTRIES_PER_LOOK === 0) await this.#slices.pause();
      look(entry);
    }
  }

  async #follow(path: string, ancestors: readonly string[]): Promise<void> {
    await this.#slices.pause();
    const stats = statEntry(path);
    if (stats.isFile()) this.holdsFile = true;
    if (!stats.isDirectory()) return;
    const identity = identityOf(stats);
    if (!ancestors.includes(identity)) await this.directory(path, [...ancestors, identity]);
  }
}
