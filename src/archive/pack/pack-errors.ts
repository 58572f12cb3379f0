import { PipeModeError } from '../../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../../fs/too-many-files.js';
import { shownName } from '../shown-name.js';

const KEEP_UNCHANGED = 'Pack a directory when nothing writes to it any more.';

/** Something of a directory that cannot be read while it is packed. */
export function unreadable(path: Buffer, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  const shown = shownName(path);
  const details = { path: shown, cause };
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${shown}"`, cause, details);
  return new PipeModeError(
    'ARCHIVE_SOURCE_UNREADABLE',
    `Cannot pack "${shown}" (${code ?? String(cause)}). Check that it is there, the permissions for the user that ` +
      `runs this process (what a container has written may be root's), and that its path is not too long.`,
    details,
  );
}

/** The same of something that was listed: if it is gone now, somebody has removed it. */
export function unreadableEntry(path: Buffer, cause: unknown): PipeModeError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  // A link in the place of a file is not followed: ELOOP.
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(code)
    ? changed(path, `was removed or replaced (${code})`, cause)
    : unreadable(path, cause);
}

/** @param how - a clause, as in `had 5 bytes and has 7` */
export function changed(path: Buffer, how: string, cause?: unknown): PipeModeError {
  const shown = shownName(path);
  const message = `"${shown}" ${how} while it was packed. ${KEEP_UNCHANGED}`;
  return new PipeModeError('ARCHIVE_SOURCE_CHANGED', message, { path: shown, cause });
}
