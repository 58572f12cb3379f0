// Runs in a thread of ours: everything here is synchronous.
import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { unremovable } from './directory-errors.js';

/** Removes a directory, also one whose directories are read-only. What symbolic links in it lead to stays. */
export function removeTree(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  try {
    if (stats.isDirectory()) forEachDirectory(path, (directory) => chmodSync(directory, 0o700));
    rmSync(path, { recursive: true });
  } catch (error) {
    throw unremovable((error as NodeJS.ErrnoException).path ?? path, error);
  }
}

/** Makes all directories of a tree read-only. */
export function sealTree(path: string): void {
  forEachDirectory(path, (directory) => chmodSync(directory, 0o555), 'after');
}

/** A directory before those in it, or after them. Symbolic links are not followed. */
function forEachDirectory(
  path: string,
  act: (path: string) => void,
  when: 'before' | 'after' = 'before',
): void {
  if (when === 'before') act(path);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) forEachDirectory(join(path, entry.name), act, when);
  }
  if (when === 'after') act(path);
}
