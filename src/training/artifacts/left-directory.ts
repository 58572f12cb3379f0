import { followInside } from '../../fs/follow-inside.js';
import type { InsidePaths } from '../../runner/inside-paths.js';

/**
 * Where a directory of the algorithm's is on this machine, which may have put a link in its place by now. `undefined` if
 * there is none any more, or if that leads out of the algorithm's /opt/ml, where this machine has something else.
 *
 * @param inside - as the algorithm sees it
 */
export function leftDirectory(inside: string, paths: InsidePaths): string | undefined {
  const found = followInside(inside, paths);
  return found?.stats.isDirectory() ? found.path : undefined;
}
