import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/** A directory of this machine, and what a program calls it: both are absolute paths. */
export interface SeenDirectory {
  readonly directory: string;
  readonly base: string;
}

/** What a path of a program's leads to. */
export interface Followed {
  /** As the program sees it, without a link in it. */
  readonly inside: string;
  /** On this machine. */
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Follows a path as the program sees it, one name after the other, as the kernel does: symbolic links may lead to the
 * directory by the program's name for it. `undefined` if nothing is there, or a link leads out of the directory, where this
 * machine has something else.
 *
 * @throws errors of the system: a directory on the way may be closed
 */
export function followInside(path: string, { directory, base }: SeenDirectory): Followed | undefined {
  const ahead = namesOf(path);
  let at = '/';
  let stats: Stats | undefined;
  let linksLeft = MOST_LINKS;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const next = name === '..' ? dirname(at) : join(at, name);
    if (isAbove(next, base)) {
      [at, stats] = [next, undefined];
      continue;
    }
    if (!isIn(next, base) || stats?.isDirectory() === false) return undefined;
    const outside = join(directory, next.slice(base.length));
    const found = lstatSync(outside, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (!found.isSymbolicLink()) {
      [at, stats] = [next, found];
      continue;
    }
    if (linksLeft-- === 0) return undefined;
    const target = readlinkSync(outside);
    if (target.startsWith('/')) [at, stats] = ['/', undefined];
    ahead.push(...namesOf(target));
  }
  return stats && { inside: at, path: join(directory, at.slice(base.length)), stats };
}

/** The names in a path, the first one last. */
function namesOf(path: string): string[] {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();
}

function isIn(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}

function isAbove(path: string, base: string): boolean {
  return base !== path && (path === '/' || base.startsWith(`${path}/`));
}
