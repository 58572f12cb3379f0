// Runs in a thread of ours: everything here is synchronous.
import type { Stats } from 'node:fs';
import { basename, join } from 'node:path';

import { compareKeys } from '../key-order.js';
import type { FileStatus } from '../../fs/file-errors.js';
import { identityOf, listEntries, statEntry } from './directory-entries.js';
import { statPath } from './file-names.js';

/** Some regular files, in order, and what was passed over on the way to them. */
export interface ListedBatch {
  /** Their keys, one after the other, each ended by a NUL, which no path contains. */
  readonly keys: string;
  /** How they were found: see `statusAt`. */
  readonly statuses: Float64Array;
  readonly skipped: readonly Skipped[];
}

interface Skipped {
  readonly path: string;
  readonly reason: string;
}

interface Found {
  readonly key: string;
  readonly stats: FileStatus;
}

const BATCH = 512;

/**
 * Lists a file, or the files below a directory in the order of the UTF-8 bytes of their paths relative to it.
 * One directory's names are in memory at a time (and its ancestors'), not the whole tree.
 */
export function* walk({ root }: { root: string }): Generator<ListedBatch, undefined, undefined> {
  const stats = statPath(root);
  let files: Found[] = [];
  let skipped: Skipped[] = [];
  for (const found of stats.isDirectory()
    ? walkDirectory(root, '', [identityOf(stats)])
    : [single(root, stats)]) {
    if ('reason' in found) skipped.push(found);
    else files.push(found);
    if (files.length + skipped.length < BATCH) continue;
    yield toBatch(files, skipped);
    files = [];
    skipped = [];
  }
  if (files.length + skipped.length > 0) yield toBatch(files, skipped);
  return undefined;
}

function toBatch(files: readonly Found[], skipped: readonly Skipped[]): ListedBatch {
  return {
    keys: files.map(({ key }) => `${key}\0`).join(''),
    statuses: packStatuses(files),
    skipped,
  };
}

const STATUS_FIELDS = 4;

function packStatuses(files: readonly Found[]): Float64Array {
  const statuses = new Float64Array(files.length * STATUS_FIELDS);
  files.forEach(({ stats: { size, mtimeMs, ctimeMs, ino } }, index) => {
    statuses.set([size, mtimeMs, ctimeMs, ino], index * STATUS_FIELDS);
  });
  return statuses;
}

/** How the file at an index was found, of `statuses` of batches one after the other. */
export function statusAt(statuses: ArrayLike<number>, index: number): FileStatus {
  const at = index * STATUS_FIELDS;
  const [size, mtimeMs, ctimeMs, ino] = [
    statuses[at]!,
    statuses[at + 1]!,
    statuses[at + 2]!,
    statuses[at + 3]!,
  ];
  return { size, mtimeMs, ctimeMs, ino };
}

function* walkDirectory(directory: string, prefix: string, ancestors: string[]): Generator<Found | Skipped> {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  for (const { name, isLinkTo } of entriesInOrder(directory)) {
    const path = base + name;
    const key = prefix + name;
    const stats = isLinkTo ?? statEntry(path); // not before its turn, so that the first files come early
    if (stats.isFile()) {
      yield { key, stats };
    } else if (!stats.isDirectory()) {
      yield { path, reason: 'not a regular file' };
    } else if (ancestors.includes(identityOf(stats))) {
      yield { path, reason: 'a symbolic link to a directory above it' };
    } else {
      yield* walkDirectory(path, `${key}/`, [...ancestors, identityOf(stats)]);
    }
  }
}

interface Entry {
  readonly name: string;
  /** What a symbolic link leads to: its place in the order depends on it. */
  readonly isLinkTo: Stats | undefined;
  readonly order: string;
}

/** A directory sorts as its name and a slash, because that is how the keys of its files go on. */
function entriesInOrder(directory: string): Entry[] {
  return listEntries(directory)
    .map((entry): Entry => {
      const { name } = entry;
      const isLinkTo = entry.isSymbolicLink() ? statEntry(join(directory, name)) : undefined;
      const isDirectory = isLinkTo ? isLinkTo.isDirectory() : entry.isDirectory();
      return { name, isLinkTo, order: isDirectory ? `${name}/` : name };
    })
    .sort((a, b) => compareKeys(a.order, b.order));
}

function single(path: string, stats: Stats): Found | Skipped {
  return stats.isFile() ? { key: basename(path), stats } : { path, reason: 'not a regular file' };
}
