import { rmSync } from 'node:fs';
import { lstat, opendir, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { DirectoryHandle } from '../fs/directory-handle.js';
import { removeTree } from './remove-tree.js';

/** How many files are removed at once. */
const AT_ONCE = 256;

/**
 * Removes a directory that need not be there, also with what somebody has protected in it from its own user. Everybody else
 * has his turn meanwhile, which Node's `rm` does not give: it begins with all files of a directory at the same time.
 */
export async function removeWhole(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() === true) await removeByAndBy(path).catch(() => removeStubborn(path));
  else await rm(path, { force: true });
}

async function removeByAndBy(path: string): Promise<void> {
  let files: string[] = [];
  for await (const entry of await opendir(path, { bufferSize: AT_ONCE })) {
    const each = join(path, entry.name);
    if (entry.isDirectory()) await removeByAndBy(each);
    else files.push(each);
    if (files.length < AT_ONCE) continue;
    await Promise.all(files.map((file) => unlink(file)));
    files = [];
  }
  await Promise.all(files.map((file) => unlink(file)));
  await rmdir(path);
}

/** The same at once, when the process exits. */
export function removeWholeNow(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    removeStubborn(path);
  }
}

function removeStubborn(path: string): void {
  const parent = DirectoryHandle.open(dirname(path));
  try {
    const directory = parent.openDirectory(basename(path));
    try {
      removeTree(parent, basename(path), directory);
    } finally {
      directory.close();
    }
  } finally {
    parent.close();
  }
}
