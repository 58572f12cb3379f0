import { basename, dirname, join } from 'node:path';

import { requireLater } from '../require-later.js';

/** A name may have 255 bytes: a longer one than this is not repeated in that of the temporary file. */
const LONGEST_REPEATED = 200;

const TEMPORARY = /^\.(?:.*\.)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.partial$/s;

/** A hidden name in the same directory, so that what is written under it can be renamed. */
export function temporaryName(path: string): string {
  const { randomUUID } = requireLater('node:crypto') as typeof import('node:crypto');
  const name = basename(path);
  const repeated = Buffer.byteLength(name) > LONGEST_REPEATED ? '' : `${name}.`;
  return join(dirname(path), `.${repeated}${randomUUID()}.partial`);
}

/** Whether a name is such a one: a process that was killed may have left it. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}
