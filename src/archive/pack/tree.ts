// Everything here is synchronous, for threads of ours.
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';

import { shownName } from '../shown-name.js';
import { unreadable, unreadableEntry } from './pack-errors.js';

/** Something in a directory that an archive can hold. Names are bytes, because they need not be UTF-8. */
export interface TreeEntry {
  /** Relative to the directory, with `/`. */
  readonly name: Buffer;
  readonly path: Buffer;
  readonly kind: 'file' | 'directory' | 'link';
  readonly stats: BigIntStats;
  /** What a symbolic link says. */
  readonly target?: Buffer;
}

/** What an archive of files cannot hold, and nobody could use. */
export interface LeftOut {
  /** Relative to the directory; bytes that are not UTF-8 as `\xff`. */
  readonly name: string;
  readonly what: 'a socket' | 'a FIFO' | 'a device';
}

/** A directory whose entries are not all dealt with. */
interface OpenDirectory {
  /** None for the root. */
  readonly name: Buffer | undefined;
  readonly path: Buffer;
  /** The next one last. */
  readonly left: Buffer[];
}

/**
 * Everything below a directory, in the order of the names' bytes, so that the same tree gives the same archive. `without` is
 * the name of something in it that is not looked at.
 */
export function* treeEntries(
  directory: string,
  leaveOut: (leftOut: LeftOut) => void,
  without?: string,
): Generator<TreeEntry, void> {
  const root = Buffer.from(directory);
  const names = namesIn(root, unreadable).filter((name) => name.toString() !== without);
  const open: OpenDirectory[] = [{ name: undefined, path: root, left: names }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const base = level.left.pop();
    if (base === undefined) {
      open.pop();
      continue;
    }
    const name = level.name === undefined ? base : joined(level.name, base);
    const entry = entryAt(name, joined(level.path, base), leaveOut);
    if (entry === undefined) continue;
    yield entry;
    if (entry.kind === 'directory') open.push({ ...entry, left: namesIn(entry.path, unreadableEntry) });
  }
}

function namesIn(path: Buffer, refused: typeof unreadable): Buffer[] {
  try {
    return readdirSync(path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(b, a));
  } catch (error) {
    throw refused(path, error);
  }
}

function entryAt(name: Buffer, path: Buffer, leaveOut: (leftOut: LeftOut) => void): TreeEntry | undefined {
  try {
    const stats = lstatSync(path, { bigint: true });
    if (stats.isFile()) return { name, path, kind: 'file', stats };
    if (stats.isDirectory()) return { name, path, kind: 'directory', stats };
    if (stats.isSymbolicLink()) {
      return { name, path, kind: 'link', stats, target: readlinkSync(path, { encoding: 'buffer' }) };
    }
    const what = stats.isSocket() ? 'a socket' : stats.isFIFO() ? 'a FIFO' : 'a device';
    leaveOut({ name: shownName(name), what });
    return undefined;
  } catch (error) {
    throw unreadableEntry(path, error);
  }
}

const SLASH = Buffer.from('/');

function joined(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, SLASH, name]);
}
