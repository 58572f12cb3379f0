import { PipeModeError } from '../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from './too-many-files.js';

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
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
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

/** What tells one content of a file from another, as in `Stats` of `node:fs`. */
export interface FileStatus {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/** What is known of a file since it was listed, as far as it is: see `FileRange`. */
export interface ListedFile {
  readonly fileSize?: number;
  readonly mtimeMs?: number;
  readonly ctimeMs?: number;
  readonly inode?: number;
}

/** What a range of a file says of the file if it was listed with that status. */
export function listedAs({ size, mtimeMs, ctimeMs, ino }: FileStatus): Required<ListedFile> {
  return { fileSize: size, mtimeMs, ctimeMs, inode: ino };
}

/** Says whether a file is still what was listed; `undefined` if it is. */
export function fileChange(
  { path, fileSize, mtimeMs, ctimeMs, inode }: ListedFile & { readonly path: string },
  now: FileStatus,
): PipeModeError | undefined {
  if (fileSize !== undefined && now.size !== fileSize) return fileResized(path, fileSize, now.size);
  const differs = (expected: number | undefined, actual: number) =>
    expected !== undefined && expected !== actual;
  if (differs(mtimeMs, now.mtimeMs)) return fileChanged(path, 'modification time', mtimeMs!, now.mtimeMs);
  if (differs(inode, now.ino)) {
    const what = `was replaced between listing and reading: expected the inode ${inode}, found ${now.ino}`;
    return new PipeModeError('SOURCE_CHANGED', `"${path}" ${what}. ${KEEP_UNCHANGED}`, { path });
  }
  return differs(ctimeMs, now.ctimeMs)
    ? fileChanged(path, 'status change time', ctimeMs!, now.ctimeMs)
    : undefined;
}

function fileChanged(path: string, time: string, expectedMs: number, actualMs: number): PipeModeError {
  return new PipeModeError(
    'SOURCE_CHANGED',
    `"${path}" was modified between listing and reading: expected the ${time} ` +
      `${new Date(expectedMs).toISOString()}, found ${new Date(actualMs).toISOString()}. ${KEEP_UNCHANGED}`,
    { path },
  );
}

/** Something else than a regular file where one was listed. */
export function fileReplaced(path: string): PipeModeError {
  const what = 'was replaced between listing and reading: it is not a regular file any more';
  return new PipeModeError('SOURCE_CHANGED', `"${path}" ${what}. ${KEEP_UNCHANGED}`, { path });
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
