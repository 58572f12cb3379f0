// Runs in a thread of ours: everything here is synchronous.
import type { Stats } from 'node:fs';

import { identityOf, statEntry } from './directory-entries.js';
import { statPath } from './file-names.js';
import type { ListedDirectories } from './listed-directories.js';

/**
 * Does what `checkTree` does, by listings that are kept for the epoch that follows; a directory at a time. Returns whether
 * there is any regular file.
 *
 * @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`
 */
export function* checkListedTree(root: string, directories: ListedDirectories): Generator<void, boolean> {
  const stats = statPath(root);
  return stats.isDirectory() ? yield* checkDirectory(root, directories, [identityOf(stats)]) : stats.isFile();
}

function* checkDirectory(
  directory: string,
  directories: ListedDirectories,
  ancestors: readonly string[],
): Generator<void, boolean> {
  const further: { path: string; stats: Stats | undefined }[] = [];
  let holdsFile = false;
  for (const { name, isFile, isDirectory, isLinkTo } of directories.list(directory)) {
    if (isFile || isLinkTo?.isFile()) holdsFile = true;
    else if (isDirectory) further.push({ path: `${directory}/${name}`, stats: isLinkTo });
  }
  yield;
  for (const { path, stats = statEntry(path) } of further) {
    const identity = identityOf(stats);
    if (!stats.isDirectory() || ancestors.includes(identity)) continue;
    if (yield* checkDirectory(path, directories, [...ancestors, identity])) holdsFile = true;
  }
  return holdsFile;
}
