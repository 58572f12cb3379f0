import { basename, dirname, join } from 'node:path';

import { requireLater } from '../require-later.js';

/** A hidden name in the same directory, so that what is written under it can be renamed. */
export function temporaryName(path: string): string {
  const { randomUUID } = requireLater('node:crypto') as typeof import('node:crypto');
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
}
