import { isUtf8 } from 'node:buffer';

import { printableLine } from '../printable.js';

/** A name or path as messages show it: a byte that is not UTF-8 as `\xff`. */
export function shownName(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return printableLine(Buffer.from(bytes).toString());
  const latin1 = Buffer.from(bytes).toString('latin1');
  return latin1.replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
