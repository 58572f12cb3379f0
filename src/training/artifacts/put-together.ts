import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';

import { makeDirectory } from '../../fs/make-directory.js';

/** Names need not be UTF-8. */
type Path = Buffer;

/**
 * What several directories have in them, in one: files as further names of themselves. Where two have something of the
 * same name, the first one's counts. What is no file, directory or symbolic link is left out.
 *
 * @throws {@link PipeModeError} `DEST_NOT_WRITABLE`; errors of the system
 */
export async function putTogether(directories: readonly string[], target: string): Promise<void> {
  makeDirectory(target);
  for (const directory of directories) await addTo(Buffer.from(target), Buffer.from(directory));
}

async function addTo(target: Path, directory: Path): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const from = below(directory, entry.name);
    const to = below(target, entry.name);
    if (entry.isDirectory()) {
      await unlessThere(mkdir(to));
      if ((await lstat(to)).isDirectory()) await addTo(to, from);
    } else if (entry.isSymbolicLink()) await unlessThere(symlink(await readlink(from, 'buffer'), to));
    else if (entry.isFile()) await unlessThere(addFile(from, to));
  }
}

/** A file of somebody else's may be read, and not linked. */
async function addFile(from: Path, to: Path): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

async function unlessThere(adding: Promise<void>): Promise<void> {
  try {
    await adding;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function below(directory: Path, name: Buffer): Path {
  return Buffer.concat([directory, Buffer.from('/'), name]);
}
