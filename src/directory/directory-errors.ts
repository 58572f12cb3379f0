import type { Stats } from 'node:fs';

import { PipeModeError } from '../errors.js';

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

export function occupied(path: string, stats: Stats, entries: number): PipeModeError {
  return new PipeModeError(
    'DEST_OCCUPIED',
    `Expected nothing or an empty directory at "${path}", found ${describe(stats, entries)}. It was left untouched: ` +
      `move it away, or choose another \`dest\` or channel name.`,
    { path },
  );
}

export function unwritable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot write "${path}" (${code ?? String(cause)}). Check that there is room, that this user may write there, and ` +
      `that the file system takes such a name.`,
    { path, cause },
  );
}

export function unremovable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot remove "${path}" (${code ?? String(cause)}). If an algorithm in a container has put files there as root, ` +
      `remove them as root.`,
    { path, cause },
  );
}

function describe(stats: Stats, entries: number): string {
  if (stats.isDirectory()) return `a directory with ${entries === 1 ? 'an entry' : `${entries} entries`}`;
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isFile() ? `a file of ${stats.size} bytes` : 'a socket or a device';
}
