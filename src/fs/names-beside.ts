import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { printableLine } from '../printable.js';

/** How many names a message lists. */
const MOST_LISTED = 3;

/**
 * What else there is in a path's directory, in words: the first few names.
 *
 * @param isExpected - whether a name is no news
 */
export function namesBeside(
  path: string,
  isExpected: (name: string) => boolean = () => false,
): string | undefined {
  let names: string[];
  try {
    names = readdirSync(dirname(path)).filter((name) => name !== basename(path) && !isExpected(name));
  } catch {
    return undefined;
  }
  if (names.length === 0) return undefined;
  const listed = names.sort().slice(0, MOST_LISTED).map(printableLine).join(', ');
  return names.length > MOST_LISTED ? `${listed} and ${names.length - MOST_LISTED} more` : listed;
}
