// Runs in a thread of ours: everything here is synchronous.
import type { Stats } from 'node:fs';
import { basename } from 'node:path';

import { fileReplaced, type FileStatus } from '../../fs/file-errors.js';
import { identityOf, statEntry } from './directory-entries.js';
import { entriesInOrder } from './entries-in-order.js';
import type { ListedDirectories } from './listed-directories.js';
import { statPath } from './file-names.js';

/** Some regular files, in order, and what was passed over on the way to them. */
export interface ListedBatch {
  /** Their keys, one after the other, each ended by a NUL, which no path contains. */
  readonly keys: string;
  /** How they were found: see `statusAt`. */
  readonly statuses: Float64Array;
  readonly skipped: readonly Skipped[];
}

/** What was passed over. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** A regular file. */
export interface FoundFile {
  readonly key: string;
  /** What its path begins with, up to its name. */
  readonly base: string;
  readonly name: string;
  /** `undefined` until somebody asks. */
  stats: FileStatus | undefined;
}

/** A file that was looked at. */
export type ListedFile = Pick<FoundFile, 'key' | 'stats'>;

const BATCH = 512;

/**
 * Lists a file, or the files below a directory in the order of the UTF-8 bytes of their paths relative to it.
 * One directory's names are in memory at a time (and its ancestors'), not the whole tree.
 */
export function* walk({ root }: { root: string }): Generator<ListedBatch, undefined, undefined> {
  return yield* inBatches(walkFiles(root));
}

/** What was found, many at a time, as it is sent to other threads. */
export function* inBatches(
  all: Iterable<ListedFile | Skipped>,
): Generator<ListedBatch, undefined, undefined> {
  let files: ListedFile[] = [];
  let skipped: Skipped[] = [];
  for (const found of all) {
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

/**
 * The same, file by file. With `lazily`, by which directories are listed then, only the status of those is asked for of which
 * the directory does not say that they are regular files.
 */
export function walkFiles(root: string, lazily?: ListedDirectories): Iterable<FoundFile | Skipped> {
  const stats = statPath(root);
  return stats.isDirectory()
    ? walkDirectory({ directory: root, prefix: '', lazily }, [identityOf(stats)])
    : [single(root, stats)];
}

function toBatch(files: readonly ListedFile[], skipped: readonly Skipped[]): ListedBatch {
  return {
    keys: files.map(({ key }) => `${key}\0`).join(''),
    statuses: packStatuses(files),
    skipped,
  };
}

const STATUS_FIELDS = 4;

function packStatuses(files: readonly ListedFile[]): Float64Array {
  const statuses = new Float64Array(files.length * STATUS_FIELDS);
  files.forEach(({ stats }, index) => {
    const { size, mtimeMs, ctimeMs, ino } = stats!;
    statuses.set([size, mtimeMs, ctimeMs, ino], index * STATUS_FIELDS);
  });
  return statuses;
}

/** The files of a batch, by their keys. */
export function* filesOf({ keys, statuses }: ListedBatch): Generator<{ key: string; status: FileStatus }> {
  for (const [index, key] of keys.split('\0').slice(0, -1).entries())
    yield { key, status: statusAt(statuses, index) };
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

interface Place {
  readonly directory: string;
  /** What the keys below it begin with. */
  readonly prefix: string;
  readonly lazily: ListedDirectories | undefined;
}

function* walkDirectory(
  { directory, prefix, lazily }: Place,
  ancestors: string[],
): Generator<FoundFile | Skipped> {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  const list = lazily?.list ?? entriesInOrder;
  for (const { name, isFile, isLinkTo } of list(directory)) {
    const path = base + name;
    const key = prefix + name;
    if (lazily && isFile) {
      yield { key, base, name, stats: undefined };
      continue;
    }
    const stats = isLinkTo ?? statEntry(path); // not before its turn, so that the first files come early
    if (stats.isFile()) {
      yield { key, base, name, stats };
    } else if (!stats.isDirectory()) {
      yield { path, reason: 'not a regular file' };
    } else if (ancestors.includes(identityOf(stats))) {
      yield { path, reason: 'a symbolic link to a directory above it' };
    } else {
      yield* walkDirectory({ directory: path, prefix: `${key}/`, lazily }, [...ancestors, identityOf(stats)]);
    }
  }
}

/** The status of a file that was found before anybody has asked for it. */
export function fileStatusOf({ base, name }: FoundFile): FileStatus {
  const stats = statEntry(base + name);
  if (!stats.isFile()) throw fileReplaced(base + name);
  return stats;
}

function single(path: string, stats: Stats): FoundFile | Skipped {
  if (!stats.isFile()) return { path, reason: 'not a regular file' };
  const name = basename(path);
  return { key: name, base: path.slice(0, -name.length), name, stats };
}
