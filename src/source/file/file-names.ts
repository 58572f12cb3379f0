import { isUtf8 } from 'node:buffer';
import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { PipeModeError } from '../../errors.js';
import { unusablePath } from '../../fs/file-errors.js';

/** What Node puts in place of bytes that are not UTF-8. A name may also really contain it. */
const REPLACEMENT = '\uFFFD';

/**
 * Says whether a string may stand for another name than its own: `a\xff` and `a\ufffd`, two names on the disk, are the
 * same string. Only listing their directory in bytes tells them apart.
 */
export function mayBeMisread(name: string): boolean {
  return name.includes(REPLACEMENT);
}

/**
 * Decodes a name that was listed in bytes.
 *
 * @throws {@link PipeModeError} `SOURCE_UNREADABLE` if it is not valid UTF-8
 */
export function decodeName(directory: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  const shown = bytes.toString('latin1').replace(/[\x80-\xff]/g, escapeByte);
  throw new PipeModeError(
    'SOURCE_UNREADABLE',
    `The name of "${join(directory, shown)}" is not valid UTF-8, so it cannot be an S3 key. Rename the file.`,
    { path: join(directory, bytes.toString()) },
  );
}

/**
 * Gets the status of a path that somebody has given, in a call or in a manifest; symbolic links are followed.
 *
 * @throws {@link PipeModeError} `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`
 */
export function statPath(path: string): Stats {
  refuseMisreadPath(path);
  try {
    return statSync(path);
  } catch (error) {
    throw unusablePath(path, error);
  }
}

/**
 * Makes sure that a path names one file. A string cannot say which one is meant if there is another one whose name is not
 * valid UTF-8 and reads the same.
 */
function refuseMisreadPath(path: string): void {
  for (let rest = path; mayBeMisread(rest); rest = dirname(rest)) {
    const directory = dirname(rest);
    const name = basename(rest);
    if (!mayBeMisread(name)) continue;
    for (const bytes of namesIn(directory)) if (bytes.toString() === name) decodeName(directory, bytes);
  }
}

/** The names in a directory, in bytes; none if it cannot be listed, which whoever opens the path will find out. */
function namesIn(directory: string): Buffer[] {
  try {
    return readdirSync(directory, { encoding: 'buffer' });
  } catch {
    return [];
  }
}

function escapeByte(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16)}`;
}
