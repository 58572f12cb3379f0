import { PipeModeError } from '../../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../../fs/too-many-files.js';
import { isTransient } from '../../source/s3/retries.js';
import { adviceFor } from '../artifact-errors.js';

/** A key at the destination that is no path below a directory. */
export function cannotBeRestored(key: string, why: string): PipeModeError {
  return new PipeModeError(
    'UNSAFE_KEY',
    `The checkpoint "${key}" cannot be restored as a file: ${why}. Remove or rename it, or choose another \`S3Uri\` for checkpoints.`,
    { key },
  );
}

/** The file system does not take a checkpoint that is restored. */
export function notRestored(key: string, path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { key, path });
  if (['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code ?? ''))
    return new PipeModeError(
      'KEY_COLLISION',
      `The checkpoint "${key}" cannot be restored as the file "${path}": something is there already, or a part of the path ` +
        'is a file. Keys may be like that in S3 ("a" and "a/b"), paths may not: remove one of them at the destination.',
      { key, path, cause },
    );
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot restore the checkpoint "${key}" as "${path}" (${code ?? String(cause)}). ${adviceFor(code)}`,
    { key, path, cause },
  );
}

/** The file system does not let a checkpoint be deleted at the destination. */
export function notRemoved(key: string, path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  return new PipeModeError(
    'ARTIFACT_NOT_WRITTEN',
    `Cannot delete the checkpoint "${path}", which the algorithm has deleted (${code ?? String(cause)}). ` +
      'Check that this user may write there, or choose another destination.',
    { key, path, cause },
  );
}

const CHANGED = new Set(['SOURCE_CHANGED', 'SOURCE_VANISHED', 'SOURCE_GREW', 'SOURCE_SHRANK']);
/** Something else than a file has taken a file's place: a socket, a link in a circle. */
const REPLACED = new Set(['ENXIO', 'ELOOP']);

/** Whether a file was written, removed or replaced while it was read. */
export function isChange(error: unknown): error is PipeModeError {
  if (!(error instanceof PipeModeError)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return CHANGED.has(error.code) || (error.code === 'SOURCE_UNREADABLE' && REPLACED.has(code ?? ''));
}

/** Whether the destination may be there again in a while. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof PipeModeError)) return false;
  const { code, cause } = error;
  if (code === 'S3_REQUEST_FAILED') return isTransient(cause);
  return code === 'S3_UNREACHABLE' || code === 'TOO_MANY_OPEN_FILES';
}
