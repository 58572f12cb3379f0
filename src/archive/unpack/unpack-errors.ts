import { PipeModeError } from '../../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../../fs/too-many-files.js';
import { shownName } from '../shown-name.js';
import { LIMIT_NAMES, type UnpackLimits } from './limits.js';

const NOTHING_KEPT = 'Nothing of the archive was kept.';

/** @param what - a clause, as in `its header at byte 512 has a wrong checksum` */
export function invalid(what: string, cause?: unknown): PipeModeError {
  return new PipeModeError(
    'ARCHIVE_INVALID',
    `The archive cannot be unpacked: ${what}. Expected tar, or tar in gzip. ${NOTHING_KEPT} Make it again with \`tar -czf\`.`,
    { cause },
  );
}

/** An entry that is well-formed and cannot be had here. */
export function unsupported(name: Uint8Array, what: string, advice: string): PipeModeError {
  const path = shownName(name);
  const message = `The archive cannot be unpacked: "${path}" ${what}. ${advice} ${NOTHING_KEPT}`;
  return new PipeModeError('ARCHIVE_INVALID', message, { path });
}

/** @param where - as in `in the content of "a"` */
export function truncated(where: string, cause?: unknown): PipeModeError {
  return new PipeModeError(
    'ARCHIVE_TRUNCATED',
    `The archive is cut off: it ends ${where}. ${NOTHING_KEPT} Copy or download it again, and compare its size.`,
    { cause },
  );
}

/** @param why - a clause, as in `its name contains ".."` */
export function unsafe(name: Uint8Array, why: string): PipeModeError {
  const path = shownName(name);
  return new PipeModeError(
    'ARCHIVE_UNSAFE',
    `The archive was refused because of its entry "${path}": ${why}. ${NOTHING_KEPT} If you trust whoever made it, ` +
      `make it again without that entry.`,
    { path },
  );
}

/** @param found - as in `more than 5 entries` */
export function tooLarge(name: Uint8Array, found: string, limit: keyof UnpackLimits): PipeModeError {
  const path = shownName(name);
  return new PipeModeError(
    'ARCHIVE_TOO_LARGE',
    `The archive was refused at its entry "${path}": it has ${found}. ${NOTHING_KEPT} Raise \`${LIMIT_NAMES[limit]}\` if that is right.`,
    { path },
  );
}

/** Something that the file system does not take. */
export function notUnpacked(name: Uint8Array, path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  const shown = shownName(name);
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
  return new PipeModeError(
    'ARCHIVE_NOT_UNPACKED',
    `Cannot make "${shown}" of the archive in "${path}" (${code ?? String(cause)}). ${adviceFor(code)} ${NOTHING_KEPT}`,
    { path, cause },
  );
}

/** The archive's file cannot be opened or read. */
export function archiveUnreadable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`"${path}"`, cause, { path });
  const message = `Cannot read the archive "${path}" (${code ?? String(cause)}). Check the path, and its permissions.`;
  return new PipeModeError('ARCHIVE_SOURCE_UNREADABLE', message, { path, cause });
}

/** The directory to unpack into cannot be used. */
export function unusableTarget(path: string, found: string, cause?: unknown): PipeModeError {
  return new PipeModeError(
    'ARCHIVE_NOT_UNPACKED',
    `Cannot unpack into "${path}": expected nothing there, or an empty directory that this user may write to, found ` +
      `${found}. Choose another directory, or empty it.`,
    { path, cause },
  );
}

function adviceFor(code: string | undefined): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The file system is full, or a quota is used up (`df -h`, `df -i`, `quota`).';
    case 'ENAMETOOLONG':
    case 'EILSEQ':
    case 'EINVAL':
      return 'The file system does not take its name, or its size.';
    case 'EEXIST':
      return 'There is something of that name already: does the file system tell "A" from "a"?';
    default:
      return 'Check that this user may write there, that nobody else does, and that the disk is in order.';
  }
}
