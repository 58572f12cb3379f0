// Runs in a thread of ours: everything here is synchronous.
import type { DirectoryHandle, EntryName } from '../fs/directory-handle.js';
import { identityOf } from '../fs/identity.js';
import { unremovable } from './directory-errors.js';

/**
 * Removes a directory that is open, also one whose directories are read-only. Symbolic links in it are removed, what they
 * lead to stays. If something else has its name by now, that stays, and the directory is emptied.
 */
export function removeTree(parent: DirectoryHandle, name: EntryName, directory: DirectoryHandle): void {
  try {
    const identity = identityOf(directory.stats());
    for (let attempt = 1; ; attempt++) {
      empty(directory);
      const now = parent.statsOf(name);
      if (!now || identityOf(now) !== identity) return;
      if (tryTo(() => parent.removeDirectory(name), attempt)) return;
    }
  } catch (error) {
    throw unremovable((error as NodeJS.ErrnoException).path ?? directory.path, error);
  }
}

/** How often something is tried again that somebody changes while it is removed. */
const ATTEMPTS = 10;

/** How many directories in one another are open at once. */
const DEPTH = 64;

/** An entry is not what it was a moment ago: a directory that was a file, one that is empty no more. */
const CHANGED = new Set(['EISDIR', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENOTEMPTY', 'EEXIST']);

function empty(directory: DirectoryHandle): void {
  new Emptying(directory).run();
}

/** Empties a directory, however deep it is: what is deeper than may be open at once is moved up first. */
class Emptying {
  readonly #top: DirectoryHandle;
  readonly #moved: string[] = [];
  #moves = 0;

  constructor(top: DirectoryHandle) {
    this.#top = top;
  }

  run(): void {
    this.#empty(this.#top, 0);
    for (let name = this.#moved.pop(); name !== undefined; name = this.#moved.pop()) {
      this.#remove(this.#top, name, true, 1);
    }
  }

  #empty(directory: DirectoryHandle, depth: number): void {
    if ((Number(directory.stats().mode) & 0o700) !== 0o700) directory.chmod(0o700);
    for (const entry of directory.entries()) {
      this.#remove(directory, entry.name, entry.isDirectory(), depth + 1);
    }
  }

  #remove(parent: DirectoryHandle, name: EntryName, isDirectory: boolean, depth: number): void {
    for (let attempt = 1; ; attempt++) {
      const remove = isDirectory
        ? () => this.#removeDirectory(parent, name, depth)
        : () => parent.unlink(name);
      if (tryTo(remove, attempt)) return;
      isDirectory = parent.statsOf(name)?.isDirectory() ?? false;
    }
  }

  #removeDirectory(parent: DirectoryHandle, name: EntryName, depth: number): void {
    const directory = parent.openDirectory(name);
    try {
      if (depth > DEPTH) {
        this.#moveUp(parent, name, directory);
        return;
      }
      this.#empty(directory, depth);
    } finally {
      directory.close();
    }
    parent.removeDirectory(name);
  }

  #moveUp(parent: DirectoryHandle, name: EntryName, directory: DirectoryHandle): void {
    directory.chmod(0o700); // a directory that is moved is written to: it has another parent
    const newName = `.sagemaker-pipe-mode-removing-${this.#moves++}`;
    parent.rename(name, this.#top, newName);
    this.#moved.push(newName);
  }
}

/** Whether it is done: also if there was nothing left to do, but not if it has to be looked at again. */
function tryTo(act: () => void, attempt: number): boolean {
  try {
    act();
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (attempt < ATTEMPTS && CHANGED.has(code)) return false;
    throw error;
  }
}
