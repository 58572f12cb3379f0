// Runs in a thread of ours: everything here is synchronous.
import { DirectoryHandle } from '../fs/directory-handle.js';
import { type Identity, identityOf } from '../fs/identity.js';
import { forgetCompleted } from './completed-directories.js';
import type { MadeDirectory, OutputOptions } from './tree-operations.js';
import { removeTree } from './remove-tree.js';
import { ResumeLog } from './resume-log.js';
import { openWork, workName } from './work-directory.js';

/**
 * Removes a channel's directory, if it is still the one that was made, and the work directory, unless the next attempt
 * could go on from there.
 *
 * @param made - which directory was made; `undefined` if it did not come to that
 */
export function removeDirectory({ dest, name }: OutputOptions, made: MadeDirectory | undefined): void {
  const directory = openIfThere(() => DirectoryHandle.open(dest));
  if (!directory) {
    if (made) forgetCompleted(made.note);
    return;
  }
  try {
    const isComplete = made !== undefined && removeMade(directory, name, made.identity);
    if (made) forgetCompleted(made.note);
    removeWork(directory, name, isComplete);
  } finally {
    directory.close();
  }
}

/** Says whether there was anything to remove. */
function removeMade(dest: DirectoryHandle, name: string, made: Identity): boolean {
  const root = openIfThere(() => dest.openDirectory(name));
  if (!root) return false;
  try {
    if (identityOf(root.stats()) !== made) return false;
    removeTree(dest, name, root);
    return true;
  } finally {
    root.close();
  }
}

function removeWork(dest: DirectoryHandle, name: string, isComplete: boolean): void {
  const work = openOwnWork(dest, name);
  if (!work) return;
  try {
    if (isComplete || ResumeLog.read(work).records.size === 0) removeTree(dest, workName(name), work);
  } finally {
    work.close();
  }
}

/** What is not ours stays: starting the channel has said so. */
function openOwnWork(dest: DirectoryHandle, name: string): DirectoryHandle | undefined {
  try {
    return openWork(dest, name);
  } catch (error) {
    if ((error as { code?: string }).code === 'DEST_OCCUPIED') return undefined;
    throw error;
  }
}

function openIfThere(open: () => DirectoryHandle): DirectoryHandle | undefined {
  try {
    return open();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return undefined;
    throw error;
  }
}
