import type { BigIntStats } from 'node:fs';

import { PipeModeError } from '../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';

export function unsafeKey(key: string, path: string, why: string): PipeModeError {
  const place = path === key ? '' : `, "${path}" in the channel's directory,`;
  return new PipeModeError(
    'UNSAFE_KEY',
    `The object "${key}"${place} cannot be a file: ${why}. Nothing was written for it. ` +
      `Rename the object, or stream the channel in Pipe mode, where keys are not paths.`,
    { key },
  );
}

export function keyCollision(key: string, path: string): PipeModeError {
  return new PipeModeError(
    'KEY_COLLISION',
    `The object "${key}" cannot be the file "${path}": another object of the channel is there already, or needs a part ` +
      `of the path as a file or as a directory. Keys may be like that in S3 ("a" and "a/b"), paths may not: rename one ` +
      `of them, or stream the channel in Pipe mode. (Some file systems do not tell "A" from "a".)`,
    { key, path },
  );
}

/** Something is at a path that this library has not made, or cannot know to have made. */
export function occupied(path: string, found: string): PipeModeError {
  return new PipeModeError(
    'DEST_OCCUPIED',
    `Expected nothing or an empty directory at "${path}", found ${found}. It was left untouched: ` +
      `move it away, or choose another \`dest\` or channel name.`,
    { path },
  );
}

export function describeEntry(stats: BigIntStats, entries: number): string {
  if (stats.isDirectory()) return `a directory with ${entries === 1 ? 'an entry' : `${entries} entries`}`;
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isFile() ? `a file of ${stats.size} bytes` : 'a socket or a device';
}

/** Somebody else has put something where only this library writes. */
export function interfered(path: string, found: string): PipeModeError {
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Found ${found} at "${path}", which somebody else has put there while the channel was being written. Nothing was ` +
      `written through it. Choose a \`dest\` that nobody else writes to.`,
    { path },
  );
}

/**
 * Says why an object's file cannot be made.
 *
 * @param findLink - looks for a symbolic link on the way to it
 */
export function refusedFile(
  { key, path }: { readonly key: string; readonly path: string },
  target: string,
  cause: unknown,
  findLink: () => string | undefined,
): PipeModeError {
  if (cause instanceof PipeModeError) return cause;
  const { code = '', path: failed = target } = cause as NodeJS.ErrnoException;
  if (['EEXIST', 'ENOTDIR', 'ELOOP'].includes(code)) {
    const link = findLink();
    return link === undefined
      ? keyCollision(key, target)
      : interfered(target.slice(0, link.length - path.length || undefined), 'a symbolic link');
  }
  if (['ENAMETOOLONG', 'EINVAL', 'EILSEQ'].includes(code))
    return unsafeKey(key, path, `the file system of \`dest\` does not take its name (${code})`);
  return unwritable(failed, cause);
}

export function unwritable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot write "${path}" (${code ?? String(cause)}). ${adviceFor(code)}`,
    {
      path,
      cause,
    },
  );
}

export function unremovable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot remove "${path}" (${code ?? String(cause)}). If an algorithm in a container has put files there as root, ` +
      `remove them as root.`,
    { path, cause },
  );
}

function adviceFor(code: string | undefined): string {
  switch (code) {
    case 'ENOSPC':
      return 'Its file system is full, or has no more inodes (`df -h`, `df -i`). Make room, or choose another `dest`.';
    case 'EDQUOT':
      return "This user's disk quota is used up (`quota`). Make room, or choose another `dest`.";
    case 'EFBIG':
      return 'The file is larger than its file system or `ulimit -f` allows. Raise the limit, or choose another `dest`.';
    case 'EROFS':
      return 'Its file system is mounted read-only. Choose another `dest`.';
    default:
      return 'Check that this user may write there, and that the disk is in order.';
  }
}
