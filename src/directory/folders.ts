// Runs in a thread of ours: everything here is synchronous.
import type { DirectoryHandle } from '../fs/directory-handle.js';

/** How many stay open: most files are in the same folder as the one before. */
const OPEN_FOLDERS = 32;

/**
 * The folders below a directory, by paths relative to it, '' being the directory itself. Each is opened from the one
 * above it, so that no link that somebody puts there leads out.
 */
export class Folders {
  readonly root: DirectoryHandle;
  /** The one used last is the last. */
  readonly #open = new Map<string, DirectoryHandle>();
  readonly #made = new Set<string>();

  constructor(root: DirectoryHandle) {
    this.root = root;
  }

  /** Opens a folder that is there. */
  open(path: string): DirectoryHandle {
    return this.#find(path, (parent, name) => parent.openDirectory(name));
  }

  /** Opens a folder, and makes it and those above it if they are not there. */
  make(path: string): DirectoryHandle {
    return this.#find(path, (parent, name, path) => {
      if (!this.#made.has(path)) makeUnlessThere(parent, name);
      this.#made.add(path);
      return parent.openDirectory(name);
    });
  }

  /** The first symbolic link on a path, if there is one: somebody else has put it there. */
  findLink(path: string): string | undefined {
    const names = path.split('/');
    for (let depth = 1; depth <= names.length; depth++) {
      const part = names.slice(0, depth).join('/');
      const { folder, name } = splitPath(part);
      const stats = this.open(folder).statsOf(name);
      if (stats?.isSymbolicLink()) return part;
      if (!stats?.isDirectory()) return undefined;
    }
    return undefined;
  }

  /** Sets the permission bits of all folders that were made. */
  chmodMade(mode: number): void {
    for (const path of this.#made) this.open(path).chmod(mode);
  }

  /** Closes all, and the directory itself. */
  close(): void {
    for (const folder of this.#open.values()) folder.close();
    this.#open.clear();
    this.root.close();
  }

  #find(path: string, open: Opening): DirectoryHandle {
    if (path === '') return this.root;
    const known = this.#open.get(path);
    if (known) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const { folder, name } = splitPath(path);
    const opened = open(this.#find(folder, open), name, path);
    this.#open.set(path, opened);
    this.#closeOldest();
    return opened;
  }

  #closeOldest(): void {
    if (this.#open.size <= OPEN_FOLDERS) return;
    const [[path, folder]] = this.#open as unknown as [[string, DirectoryHandle]];
    folder.close();
    this.#open.delete(path);
  }
}

type Opening = (parent: DirectoryHandle, name: string, path: string) => DirectoryHandle;

/** A path's folder, '' if it has none, and the name in it. */
export function splitPath(path: string): { folder: string; name: string } {
  const end = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(end, 0)), name: path.slice(end + 1) };
}

function makeUnlessThere(parent: DirectoryHandle, name: string): void {
  try {
    parent.makeDirectory(name, 0o755);
  } catch (error) {
    // On a file system that does not tell "A" from "a", another folder of ours. If it is a file, opening it will tell.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
