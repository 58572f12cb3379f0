// Runs in a thread of ours: everything here is synchronous.
import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import { PipeModeError } from '../../errors.js';
import { compareKeys } from '../key-order.js';
import { fileReplaced, type FileStatus, unreadableFile, unusablePath } from '../../fs/file-errors.js';

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

const BATCH = 512;

/**
 * Lists a file, or the files below a directory in the order of the UTF-8 bytes of their paths relative to it.
 * One directory's names are in memory at a time (and its ancestors'), not the whole tree.
 */
export function* walk({ root }: { root: string }): Generator<ListedBatch, undefined, undefined> {
  let files: FoundFile[] = [];
  let skipped: Skipped[] = [];
  for (const found of walkFiles(root)) {
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
 * The same, file by file. With `isLazy`, only the status of those is asked for of which the directory does not say that they
 * are regular files.
 */
export function walkFiles(root: string, isLazy = false): Iterable<FoundFile | Skipped> {
  const stats = statOrThrow(root);
  return stats.isDirectory()
    ? walkDirectory({ directory: root, prefix: '', isLazy }, [identity(stats)])
    : [single(root, stats)];
}

function toBatch(files: readonly FoundFile[], skipped: readonly Skipped[]): ListedBatch {
  return {
    keys: files.map(({ key }) => `${key}\0`).join(''),
    statuses: packStatuses(files),
    skipped,
  };
}

const STATUS_FIELDS = 4;

function packStatuses(files: readonly FoundFile[]): Float64Array {
  const statuses = new Float64Array(files.length * STATUS_FIELDS);
  files.forEach(({ stats }, index) => {
    const { size, mtimeMs, ctimeMs, ino } = stats!;
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

function* walkDirectory(
  { directory, prefix, isLazy }: { directory: string; prefix: string; isLazy: boolean },
  ancestors: string[],
): Generator<FoundFile | Skipped> {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  for (const { name, isFile, isLinkTo } of entriesInOrder(directory)) {
    const path = base + name;
    const key = prefix + name;
    if (isLazy && isFile) {
      yield { key, base, name, stats: undefined };
      continue;
    }
    const stats = isLinkTo ?? statEntry(path); // not before its turn, so that the first files come early
    if (stats.isFile()) {
      yield { key, base, name, stats };
    } else if (!stats.isDirectory()) {
      yield { path, reason: 'not a regular file' };
    } else if (ancestors.includes(identity(stats))) {
      yield { path, reason: 'a symbolic link to a directory above it' };
    } else {
      yield* walkDirectory({ directory: path, prefix: `${key}/`, isLazy }, [...ancestors, identity(stats)]);
    }
  }
}

interface Entry {
  readonly name: string;
  readonly isFile: boolean;
  /** What a symbolic link leads to: its place in the order depends on it. */
  readonly isLinkTo: Stats | undefined;
  readonly order: string;
}

/** A directory sorts as its name and a slash, because that is how the keys of its files go on. */
function entriesInOrder(directory: string): Entry[] {
  return readDirectory(directory)
    .map((entry): Entry => {
      const { name } = entry;
      const isLinkTo = entry.isSymbolicLink() ? statEntry(join(directory, name)) : undefined;
      const isDirectory = isLinkTo ? isLinkTo.isDirectory() : entry.isDirectory();
      return { name, isFile: entry.isFile(), isLinkTo, order: isDirectory ? `${name}/` : name };
    })
    .sort((a, b) => compareKeys(a.order, b.order));
}

function readDirectory(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    throw unusablePath(directory, error);
  }
}

function statOrThrow(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unusablePath(path, error);
  }
}

/** The status of a file that was found before anybody has asked for it. */
export function fileStatusOf({ base, name }: FoundFile): FileStatus {
  const stats = statEntry(base + name);
  if (!stats.isFile()) throw fileReplaced(base + name);
  return stats;
}

/** A name that its directory has just listed. */
export function statEntry(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (path.includes('\uFFFD')) throw notUtf8(path, error);
    if (isLink(path)) throw deadLink(path, error);
    throw unreadableFile(path, error);
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false; // what is wrong with it is known already
  }
}

function deadLink(path: string, cause: unknown): PipeModeError {
  return new PipeModeError(
    'SOURCE_UNREADABLE',
    `The symbolic link "${path}" cannot be followed (${(cause as NodeJS.ErrnoException).code}). Fix or remove it.`,
    { path, cause },
  );
}

function notUtf8(path: string, cause: unknown): PipeModeError {
  return new PipeModeError(
    'SOURCE_UNREADABLE',
    `The name of "${path}" is not valid UTF-8, so it cannot be an S3 key. Rename the file.`,
    { path, cause },
  );
}

function single(path: string, stats: Stats): FoundFile | Skipped {
  if (!stats.isFile()) return { path, reason: 'not a regular file' };
  const name = basename(path);
  return { key: name, base: path.slice(0, -name.length), name, stats };
}

function identity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
