// Everything here is synchronous, for threads of ours.
import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { Folders, splitPath } from '../directory/folders.js';
import type { DirectoryHandle } from '../fs/directory-handle.js';
import { unusablePath } from '../fs/file-errors.js';
import { decodeName } from '../source/file/file-names.js';

/**
 * What is below a directory while somebody else may work in it, by paths relative to it: what goes away meanwhile is not
 * there. No link is followed, not even one that takes a directory's place in this moment: every directory is opened from the
 * one above.
 */
export class WatchedTree {
  readonly #root: string;
  readonly #folders: Folders;

  /** @param directory - closed by `close()` */
  constructor(root: string, directory: DirectoryHandle) {
    this.#root = root;
    this.#folders = new Folders(directory);
  }

  /**
   * The names of what is in a folder, in no order.
   *
   * @throws {@link PipeModeError} `SOURCE_UNREADABLE`, also for a name that is not valid UTF-8; `TOO_MANY_OPEN_FILES`
   */
  namesIn(folder: string): string[] {
    const path = this.whole(folder);
    const entries = unlessGone(path, () => this.#folders.open(folder).entries()) ?? [];
    return entries.map(({ name }) => decodeName(path, name));
  }

  /**
   * What is there, not followed.
   *
   * @throws {@link PipeModeError} `SOURCE_UNREADABLE`, `TOO_MANY_OPEN_FILES`
   */
  statsOf(path: string): Stats | undefined {
    return unlessGone(this.whole(path), () => lstatSync(this.address(path), { throwIfNoEntry: false }));
  }

  /** A path for what takes nothing else: good until something else is looked at. */
  address(path: string): string {
    const { folder, name } = splitPath(path);
    return this.#folders.open(folder).pathTo(name);
  }

  /** The same as a path of this machine. */
  whole(path: string): string {
    return join(this.#root, path);
  }

  close(): void {
    this.#folders.close();
  }
}

/** The path of what is in a folder, which is '' at the root. */
export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE']);

/**
 * What a look finds; `undefined` if it is not there any more.
 *
 * @throws {@link PipeModeError} `SOURCE_UNREADABLE`, `TOO_MANY_OPEN_FILES`
 */
export function unlessGone<T>(path: string, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unusablePath(path, error);
  }
}
