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
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot write at "${path}" (${code ?? String(cause)}). Choose a \`dest\` in ` +
      `which this user may make files, such as a temporary directory; /opt/ml usually belongs to root.`,
    { path, cause },
  );
}
