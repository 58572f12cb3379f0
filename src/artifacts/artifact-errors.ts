import { dirname } from 'node:path';

import { PipeModeError } from '../errors.js';
import { makeDirectory } from '../fs/make-directory.js';
import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';

/**
 * Makes the directory for an artifact.
 *
 * @throws {@link PipeModeError} `ARTIFACT_NOT_WRITTEN`, `TOO_MANY_OPEN_FILES`
 */
export function makeDirectoryOf(path: string): void {
  try {
    makeDirectory(dirname(path));
  } catch (error) {
    throw notWritten(path, (error as PipeModeError).cause);
  }
}

/** The file system does not take an artifact. */
export function notWritten(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
  return new PipeModeError(
    'ARTIFACT_NOT_WRITTEN',
    `Cannot write the artifact "${path}" (${code ?? String(cause)}). ${adviceFor(code)} Nothing of it was kept.`,
    { path, cause },
  );
}

/** What to do when the file system does not take something. */
export function adviceFor(code: string | undefined): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The file system is full, or a quota is used up (`df -h`, `df -i`, `quota`): make room, or choose another destination.';
    case 'ENOTEMPTY':
    case 'EEXIST':
    case 'ENOTDIR':
    case 'EISDIR':
      return 'Something of another kind, or a directory with files in it, has that name: move it away, or choose another destination.';
    default:
      return 'Check that this user may write there, or choose another destination.';
  }
}

/** What an aborted signal makes of writing an artifact. */
export function artifactAborted(location: string, signal: AbortSignal): PipeModeError {
  const message = `Writing ${location} was ended: its signal was aborted. Nothing of it was kept.`;
  return new PipeModeError('ABORTED', message, { cause: signal.reason });
}
