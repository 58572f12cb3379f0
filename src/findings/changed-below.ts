import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** How many paths a finding lists. */
const MOST_LISTED = 5;

/**
 * What has changed below a path, the path itself included, by the time that nobody can set, of a clock that does not go before
 * the one we have looked at. Of a directory in which something has changed, that.
 *
 * @param shown - what to call the path
 */
export function changedBelow(path: string, shown: string, sinceMs: number): string[] {
  const stats = statsOf(path);
  if (stats === undefined) return [];
  const own = stats.ctimeMs > sinceMs ? [shown] : [];
  if (!stats.isDirectory()) return own;
  const below = namesIn(path).flatMap((name) => changedBelow(join(path, name), `${shown}/${name}`, sinceMs));
  return below.length > 0 ? below : own;
}

/** Some of the paths, and how many there are more. */
export function listPaths(paths: readonly string[]): string {
  const more = paths.length > MOST_LISTED ? `, and ${paths.length - MOST_LISTED} more` : '';
  return paths.slice(0, MOST_LISTED).join(', ') + more;
}

/** `undefined` of what is not there, or cannot be looked at: its path may be too long. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Nothing of what cannot be looked at. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
