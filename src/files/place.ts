// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, copyFileSync, fstatSync, linkSync, lstatSync, openSync } from 'node:fs';

import type { FileRange, LocalPart } from '../body/body.js';
import { fileChange, unreadableFile } from '../body/file-errors.js';

/** The file that parts are the whole of, if they are. */
export function wholeFile(parts: readonly LocalPart[]): FileRange | undefined {
  const [part] = parts;
  if (parts.length !== 1 || part === undefined || part instanceof Uint8Array) return undefined;
  const isWhole = part.fd === undefined && part.offset === 0 && part.length === part.fileSize;
  return isWhole ? part : undefined;
}

/**
 * Makes `target` the same as a file without copying its bytes, if that is safe and possible here: whoever writes to
 * the one must not change the other.
 *
 * A clone shares its blocks until one of the two is written to (Btrfs, XFS, APFS). A link is the same file under
 * another name: only for what will not be written to, of a file that is write-protected for everybody, and not for
 * root, whom no protection holds.
 */
export function placeWithoutCopy(file: FileRange, target: string, readOnly: boolean): boolean {
  const fd = openUnchanged(file);
  try {
    return tryLink(file.path, target, readOnly) || tryClone(file.path, target);
  } finally {
    closeSync(fd);
  }
}

function openUnchanged(file: FileRange): number {
  try {
    const fd = openSync(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const change = fileChange(file, fstatSync(fd));
    if (!change) return fd;
    closeSync(fd);
    throw change;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : unreadableFile(file.path, error);
  }
}

function tryLink(path: string, target: string, readOnly: boolean): boolean {
  if (!readOnly || process.getuid?.() === 0) return false;
  const stats = lstatSync(path);
  if (!stats.isFile() || (stats.mode & 0o222) !== 0) return false;
  return attempt(() => linkSync(path, target));
}

function tryClone(path: string, target: string): boolean {
  return attempt(() =>
    copyFileSync(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE),
  );
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
