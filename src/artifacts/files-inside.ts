// Runs in a thread of ours: everything here is synchronous.
import type { Stats } from 'node:fs';

import { DirectoryHandle } from '../fs/directory-handle.js';
import { unusablePath } from '../fs/file-errors.js';
import { followInside, type SeenDirectory } from '../fs/follow-inside.js';
import type { FilesInsideArguments, FoundInside } from './files-inside-task.js';
import { joined, unlessGone, WatchedTree } from './watched-tree.js';

const BATCH = 512;

/**
 * Lists the files of a folder as the program sees them that has put them there: links lead where they led the program, and
 * nowhere else.
 *
 * @throws {@link PipeModeError} `SOURCE_NOT_FOUND`; `SOURCE_UNREADABLE`, also for a name that is not valid UTF-8;
 * `TOO_MANY_OPEN_FILES`
 */
export function* filesInside({
  within,
  folder,
}: FilesInsideArguments): Generator<readonly FoundInside[], undefined, undefined> {
  const tree = new WatchedTree(within.directory, opened(within.directory));
  try {
    let batch: FoundInside[] = [];
    for (const found of new Listing(within, tree).below(folder, '', [])) {
      batch.push(found);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
    return undefined;
  } finally {
    tree.close();
  }
}

function opened(directory: string): DirectoryHandle {
  try {
    return DirectoryHandle.open(directory);
  } catch (error) {
    throw unusablePath(directory, error);
  }
}

class Listing {
  readonly #within: SeenDirectory;
  readonly #tree: WatchedTree;

  constructor(within: SeenDirectory, tree: WatchedTree) {
    this.#within = within;
    this.#tree = tree;
  }

  /**
   * The files of a folder.
   *
   * @param folder - where it really is, relative to the whole
   * @param prefix - what the keys of its files begin with
   * @param above - the folders on the way to it, where they really are
   */
  *below(folder: string, prefix: string, above: readonly string[]): Generator<FoundInside> {
    const way = [...above, folder];
    for (const name of this.#tree.namesIn(folder)) {
      const path = joined(folder, name);
      const key = prefix + name;
      const stats = this.#tree.statsOf(path);
      if (stats?.isSymbolicLink()) yield* this.#follow(path, key, way);
      else if (stats !== undefined) yield* this.#take(path, key, stats, way);
    }
  }

  *#follow(path: string, key: string, way: readonly string[]): Generator<FoundInside> {
    const target = this.#targetOf(path);
    const stats = target === undefined ? undefined : this.#tree.statsOf(target);
    if (target !== undefined && stats !== undefined) yield* this.#take(target, key, stats, way);
    else yield { key, reason: `a symbolic link that leads nowhere, or out of ${this.#within.base}` };
  }

  *#take(path: string, key: string, stats: Stats, way: readonly string[]): Generator<FoundInside> {
    const { size, mtimeMs, ctimeMs, ino } = stats;
    if (stats.isFile()) yield { key, path: this.#tree.whole(path), status: { size, mtimeMs, ctimeMs, ino } };
    else if (!stats.isDirectory()) yield { key, reason: 'not a regular file' };
    else if (way.includes(path)) yield { key, reason: 'a symbolic link to a directory above it' };
    else yield* this.below(path, `${key}/`, way);
  }

  /** What a link leads to, relative to the whole. */
  #targetOf(path: string): string | undefined {
    const { base } = this.#within;
    const found = unlessGone(path, () => followInside(`${base}/${path}`, this.#within));
    return found?.inside.slice(base.length + 1);
  }
}
