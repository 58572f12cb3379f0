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
 *
 * @param path - bytes, where it may be no UTF-8
 * @throws {@link PipeModeError} `DEST_NOT_WRITABLE`; errors of the system
 */
export async function removeWhole(path: string | Buffer): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) await rm(path, { force: true });
  else await removeByAndBy(asLatin1(path)).catch(() => removeStubborn(path));
}

/** @param path - each of its bytes as a character: names need not be UTF-8 */
async function removeByAndBy(path: string): Promise<void> {
  let files: string[] = [];
  for await (const entry of await opendir(asBytes(path), { bufferSize: AT_ONCE, encoding: 'latin1' })) {
    const each = join(path, entry.name);
    if (entry.isDirectory()) await removeByAndBy(each);
    else files.push(each);
    if (files.length < AT_ONCE) continue;
    await removeFiles(files);
    files = [];
  }
  await removeFiles(files);
  await rmdir(asBytes(path));
}

async function removeFiles(files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => unlink(asBytes(file))));
}

/** The same at once, when the process exits. */
export function removeWholeNow(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    removeStubborn(path);
  }
}

function removeStubborn(path: string | Buffer): void {
  const characters = asLatin1(path);
  const parent = DirectoryHandle.open(asBytes(dirname(characters)));
  try {
    const name = asBytes(basename(characters));
    const directory = parent.openDirectory(name);
    try {
      removeTree(parent, name, directory);
    } finally {
      directory.close();
    }
  } finally {
    parent.close();
  }
}

function asLatin1(path: string | Buffer): string {
  return (typeof path === 'string' ? Buffer.from(path) : path).toString('latin1');
}

function asBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
