import { PipeModeError } from '../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from './too-many-files.js';

export function notADirectory(path: string, cause: unknown): PipeModeError {
  return new PipeModeError(
    'DEST_NOT_A_DIRECTORY',
    `Expected "${path}" to be a directory, or free to become one, but it or a part of it is a file. ` +
      `Choose another \`dest\`, or move the file away.`,
    { path, cause },
  );
}

export function notWritable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const advice = isFull
    ? 'Its file system is full, or a quota is used up (`df -h`, `df -i`, `quota`): make room, or choose another directory.'
    : 'Choose a `dest` in which this user may make files, such as a temporary directory; /opt/ml usually belongs to root.';
  const message = `Cannot write at "${path}" (${code ?? String(cause)}). ${advice}`;
  return new PipeModeError('DEST_NOT_WRITABLE', message, { path, cause });
}
