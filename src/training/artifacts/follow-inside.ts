import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { InsidePaths } from '../../runner/inside-paths.js';

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/** What a path of the algorithm's leads to. */
export interface Followed {
  /** On this machine. */
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Follows a path as the algorithm sees it, symbolic links included, which may lead to /opt/ml. `undefined` if nothing is
 * there, or a link leads out of the algorithm's /opt/ml, where this machine has something else.
 */
export function followInside(inside: string, paths: InsidePaths): Followed | undefined {
  let left = MOST_LINKS;
  const follow = (path: string): Followed | undefined => {
    if (path !== paths.base && !path.startsWith(`${paths.base}/`)) return undefined;
    const parent = path === paths.base ? undefined : follow(dirname(path));
    if (path !== paths.base && parent === undefined) return undefined;
    const outside = parent === undefined ? paths.outside(path) : `${parent.path}/${lastName(path)}`;
    const stats = lstatSync(outside, { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) return stats && { path: outside, stats };
    return left-- > 0 ? follow(resolve(dirname(path), readlinkSync(outside))) : undefined;
  };
  return follow(resolve(inside));
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
