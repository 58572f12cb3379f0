import { PipeModeError } from '../errors.js';
import type { FileRange } from '../body/body.js';

/** What is wrong with a path that the file system refused while its directory was listed or before. */
export function unusablePath(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new PipeModeError(
      'SOURCE_NOT_FOUND',
      `There is no file or directory "${path}". Check the path; a relative one starts at ${process.cwd()}.`,
      { path, cause },
    );
  }
  return new PipeModeError(
    'SOURCE_UNREADABLE',
    `Cannot read "${path}" (${code ?? String(cause)}). ` +
      `Check the permissions of the file and of the directories above it for the user that runs this process.`,
    { path, cause },
  );
}

/** What is wrong with a file that was listed and cannot be opened or read now. */
export function unreadableFile(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return unusablePath(path, cause);
  return new PipeModeError(
    'SOURCE_VANISHED',
    `"${path}" was there when the epoch was listed and is gone now. Keep the data unchanged while a channel streams it.`,
    { path, cause },
  );
}

/** Says whether a file is still what was listed; `undefined` if it is. */
export function fileChange(
  range: FileRange,
  now: { size: number; mtimeMs: number },
): PipeModeError | undefined {
  const { path, fileSize, mtimeMs } = range;
  if (fileSize !== undefined && now.size !== fileSize) return fileResized(path, fileSize, now.size);
  if (mtimeMs === undefined || now.mtimeMs === mtimeMs) return undefined;
  return new PipeModeError(
    'SOURCE_CHANGED',
    `"${path}" was modified between listing and reading: expected the modification time ` +
      `${new Date(mtimeMs).toISOString()}, found ${new Date(now.mtimeMs).toISOString()}. ${KEEP_UNCHANGED}`,
    { path },
  );
}

/** A file that has another size than the one with which it was listed. */
export function fileResized(path: string, expected: number, actual: number): PipeModeError {
  const [code, verb] =
    actual < expected ? (['SOURCE_SHRANK', 'shrank'] as const) : (['SOURCE_GREW', 'grew'] as const);
  return new PipeModeError(
    code,
    `"${path}" ${verb} while it was streamed: expected ${expected} bytes, found ${actual}. ${KEEP_UNCHANGED}`,
    { path },
  );
}

const KEEP_UNCHANGED = 'Write new data elsewhere and move it into place when no channel streams it.';
