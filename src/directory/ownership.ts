// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, fstatSync } from 'node:fs';

import type { DirectoryHandle } from '../fs/directory-handle.js';

/**
 * Says why what is in a directory cannot be trusted: somebody else owns it, or may have put things there. `undefined` if
 * only this user can have.
 */
export function whyForeign(directory: DirectoryHandle): string | undefined {
  const { uid, mode } = directory.stats();
  if (Number(uid) !== process.geteuid!() && uid !== ownerOfNewFiles(directory))
    return `a directory of another user (uid ${uid})`;
  if ((mode & 0o022n) !== 0n && hasPermissions(directory, Number(mode & 0o7777n)))
    return `a directory that others may write to (mode ${(mode & 0o777n).toString(8)})`;
  return undefined;
}

/** To whom files belong that this process makes: on some network mounts always to the same one. */
function ownerOfNewFiles(directory: DirectoryHandle): bigint | undefined {
  const name = `.probe-${process.pid}-${process.hrtime.bigint()}`;
  try {
    const fd = directory.openFile(name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      return fstatSync(fd, { bigint: true }).uid;
    } finally {
      closeSync(fd);
      directory.unlink(name);
    }
  } catch {
    return undefined;
  }
}

/** Whether the file system has permissions at all: on some, everything has the same ones for ever. */
function hasPermissions(directory: DirectoryHandle, mode: number): boolean {
  try {
    directory.chmod(0o700);
    const isPrivate = (directory.stats().mode & 0o022n) === 0n;
    directory.chmod(mode);
    return isPrivate;
  } catch {
    return false;
  }
}
