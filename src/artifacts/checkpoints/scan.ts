// Runs in a thread of ours: everything here is synchronous.
import { realpathSync } from 'node:fs';

import { DirectoryHandle } from '../../fs/directory-handle.js';
import { inBatches, type ListedBatch, type ListedFile, type Skipped } from '../../source/file/walk.js';
import { isTemporaryName } from '../temporary-name.js';
import { joined, unlessGone, WatchedTree } from '../watched-tree.js';
import type { ScanArguments } from './scan-task.js';

/**
 * Lists the files below a directory while somebody else works in it: what goes away meanwhile is not there. No link leads
 * out of it, not even one that takes a directory's place in this moment.
 *
 * @throws {@link PipeModeError} `SOURCE_UNREADABLE`, also for a name that is not valid UTF-8; `TOO_MANY_OPEN_FILES`
 */
export function* scan({
  root,
  realRoot: expected,
}: ScanArguments): Generator<ListedBatch, undefined, undefined> {
  const realRoot = unlessGone(root, () => realpathSync.native(root));
  const directory = unlessGone(root, () => DirectoryHandle.open(root));
  if (realRoot === undefined || directory === undefined) return undefined;
  if (expected !== undefined && expected !== realRoot) {
    directory.close();
    return undefined;
  }
  const tree = new WatchedTree(root, directory);
  try {
    return yield* inBatches(new Scan(realRoot, tree).below('', '', false));
  } finally {
    tree.close();
  }
}

type Found = ListedFile | Skipped;

class Scan {
  readonly #realRoot: string;
  readonly #tree: WatchedTree;

  constructor(realRoot: string, tree: WatchedTree) {
    this.#realRoot = realRoot;
    this.#tree = tree;
  }

  /**
   * The files of a folder.
   *
   * @param folder - where it really is, relative to the root
   * @param prefix - what the keys of its files begin with
   * @param isLinked - whether a link has led here: further ones to folders are not followed, or they could multiply without end
   */
  *below(folder: string, prefix: string, isLinked: boolean): Generator<Found> {
    for (const name of this.#tree.namesIn(folder)) {
      if (isTemporaryName(name)) continue;
      yield* this.#visit(joined(folder, name), prefix + name, isLinked);
    }
  }

  *#visit(path: string, key: string, isLinked: boolean): Generator<Found> {
    const stats = this.#tree.statsOf(path);
    if (stats === undefined) return;
    if (stats.isFile()) yield { key, stats };
    else if (stats.isDirectory()) yield* this.below(path, `${key}/`, isLinked);
    else if (stats.isSymbolicLink()) yield* this.#follow(path, key, isLinked);
    else yield this.#skipped(path, 'not a regular file');
  }

  *#follow(path: string, key: string, isLinked: boolean): Generator<Found> {
    const target = this.#targetOf(path);
    const stats = target === undefined ? undefined : this.#tree.statsOf(target);
    if (target === undefined || stats === undefined)
      yield this.#skipped(path, 'a symbolic link that leads nowhere, or out of the directory');
    else if (stats.isFile()) yield { key, stats };
    else if (!stats.isDirectory()) yield this.#skipped(path, 'not a regular file');
    else if (path.startsWith(`${target}/`))
      yield this.#skipped(path, 'a symbolic link to a directory above it');
    else if (isLinked) yield this.#skipped(path, 'a symbolic link to a directory, below another such link');
    else yield* this.below(target, `${key}/`, true);
  }

  /** What a link leads to, relative to the root. The root itself is above every link. */
  #targetOf(path: string): string | undefined {
    const target = unlessGone(path, () => realpathSync.native(this.#tree.address(path)));
    const base = this.#realRoot.endsWith('/') ? this.#realRoot : `${this.#realRoot}/`;
    return target?.startsWith(base) ? target.slice(base.length) : undefined;
  }

  #skipped(path: string, reason: string): Skipped {
    return { path: this.#tree.whole(path), reason };
  }
}
