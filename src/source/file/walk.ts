// Runs in a thread of ours: everything here is synchronous.
import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import { PipeModeError } from '../../errors.js';
import { compareKeys } from '../key-order.js';
import { unreadableFile, unusablePath } from '../../body/file-errors.js';

/** A regular file that was found. */
export interface ListedFile {
  readonly key: string;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Some files, in order, and what was passed over on the way to them. */
export interface ListedBatch {
  readonly files: ListedFile[];
  readonly skipped: { readonly path: string; readonly reason: string }[];
}

const BATCH = 512;

/**
 * Lists a file, or the files below a directory in the order of the UTF-8 bytes of their paths relative to it.
 * One directory's names are in memory at a time (and its ancestors'), not the whole tree.
 */
export function* walk({ root }: { root: string }): Generator<ListedBatch, undefined, undefined> {
  const stats = statOrThrow(root);
  let batch: ListedBatch = { files: [], skipped: [] };
  for (const found of stats.isDirectory()
    ? walkDirectory(root, '', [identity(stats)])
    : [single(root, stats)]) {
    if ('reason' in found) batch.skipped.push(found);
    else batch.files.push(found);
    if (batch.files.length + batch.skipped.length < BATCH) continue;
    yield batch;
    batch = { files: [], skipped: [] };
  }
  if (batch.files.length + batch.skipped.length > 0) yield batch;
  return undefined;
}

type Found = ListedFile | { path: string; reason: string };

function* walkDirectory(directory: string, prefix: string, ancestors: string[]): Generator<Found> {
  for (const { name, path, stats } of entriesInOrder(directory)) {
    const key = prefix + name;
    if (stats.isFile()) {
      yield { key, path, size: stats.size, mtimeMs: stats.mtimeMs };
    } else if (!stats.isDirectory()) {
      yield { path, reason: 'not a regular file' };
    } else if (ancestors.includes(identity(stats))) {
      yield { path, reason: 'a symbolic link to a directory above it' };
    } else {
      yield* walkDirectory(path, `${key}/`, [...ancestors, identity(stats)]);
    }
  }
}

/** A directory sorts as its name and a slash, because that is how the keys of its files go on. */
function entriesInOrder(directory: string): { name: string; path: string; stats: Stats; order: string }[] {
  return readDirectory(directory)
    .map(({ name }) => {
      const path = join(directory, name);
      const stats = statEntry(path);
      return { name, path, stats, order: stats.isDirectory() ? `${name}/` : name };
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

/** A name that its directory has just listed. */
function statEntry(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (path.includes('\uFFFD')) throw notUtf8(path, error);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw deadLink(path, error);
    throw unreadableFile(path, error);
  }
}

function deadLink(path: string, cause: unknown): PipeModeError {
  return new PipeModeError(
    'SOURCE_UNREADABLE',
    `The symbolic link "${path}" cannot be followed (${(cause as NodeJS.ErrnoException).code}). Mend or remove it.`,
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

function single(path: string, stats: Stats): Found {
  if (!stats.isFile()) return { path, reason: 'not a regular file' };
  return { key: basename(path), path, size: stats.size, mtimeMs: stats.mtimeMs };
}

function identity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
