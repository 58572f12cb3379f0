import { dirname } from 'node:path';

import { debugTo } from '../../debug.js';
import { resolveLocal } from '../../options/location.js';
import { iterateTask } from '../../workers/run-task.js';
import { ioThread } from '../../workers/threads.js';
import type { FileRange } from '../../body/body.js';
import { indexByPosition } from '../index-of.js';
import type { Source, SourceIndex, SourceObject } from '../source.js';
import { PackedStrings } from '../packed-strings.js';
import { type FileStatus, listedAs } from '../../fs/file-errors.js';
import { hasLocalClock } from '../../fs/local-clock.js';
import { PartsBody } from '../../body/parts-body.js';
import { checkTree, noFileBelow } from './check-tree.js';
import { statPath } from './file-names.js';
import { markFilesBelow } from './files-below.js';
import { isShort, listHere } from './list-here.js';
import { type ListedBatch, statusAt } from './walk.js';
import { WALK } from './walk-task.js';

const debug = debugTo('file');

/**
 * The objects of a file or of a directory: a file is one object, whose key is its name; a directory is one
 * object per regular file below it, whose key is its path relative to the directory, with `/`. They come in
 * the order of the UTF-8 bytes of their keys, as S3 lists them. Symbolic links are followed (a link to a
 * directory above itself is passed over, as are special files: `DEBUG=sagemaker-pipe-mode:file` says so).
 *
 * `start()` looks at every name and follows every link, about a tenth of a second for 100,000 files: a link that leads
 * nowhere and a name that is not valid UTF-8 are found before there is a FIFO. The directory is listed anew for every
 * epoch; what is wrong by then fails the channel when the listing comes to that directory. So does a file that changes
 * between listing and the end of reading. A small file may be read without having been looked at before: it is then
 * sent as it was at that moment.
 *
 * @param path - A file or a directory, or its `file://` URL, a string or a `URL`; relative to the working directory if it is not absolute.
 * @throws {@link PipeModeError} `INVALID_OPTION`; while streaming: `SOURCE_NOT_FOUND`, `SOURCE_UNREADABLE`, `SOURCE_EMPTY`,
 * `SOURCE_VANISHED`, `SOURCE_CHANGED`, `SOURCE_SHRANK`, `SOURCE_GREW`.
 *
 * @example
 * ```ts
 * import { createChannel, fileSource } from 'sagemaker-pipe-mode';
 *
 * const source = fileSource('./data/training');
 * await createChannel({ name: 'training', source, dest: './ml/input/data', epochs: 1 }).start();
 * ```
 */
export function fileSource(path: string | URL): Source {
  const root = resolveLocal('path', path);
  const listing: Listing = { root, isLocal: false };
  const source: Source = {
    description: root,
    readsFiles: true,
    listsHere() {
      listing.isLocal = hasLocalClock(root);
      return isListedHere(listing);
    },
    async check({ signal }) {
      listing.isLocal = hasLocalClock(root);
      if (!(await checkTree(root, signal))) throw noFileBelow(root);
    },
    async *objects({ signal }) {
      for await (const page of listFiles(listing, signal)) yield* page;
    },
    pages: ({ signal }) => listFiles(listing, signal),
    entriesAreObjects: true,
    index: ({ signal }) => indexFiles(listing, signal),
  };
  return markFilesBelow(source, root);
}

/** What is listed, and what is known of where it is. */
interface Listing {
  readonly root: string;
  /** Whether it was on a disk of this machine when `start()` has looked: another one may not answer, nor say that it will not. */
  isLocal: boolean;
}

/** Whether listing it takes less time than to start the thread that would, and cannot hold the event loop. */
function isListedHere({ root, isLocal }: Listing): boolean {
  return isLocal && isShort(root);
}

async function indexFiles(listing: Listing, signal: AbortSignal): Promise<SourceIndex> {
  const keys = new PackedStrings();
  const statuses: number[] = [];
  for await (const batch of listBatches(listing, signal)) {
    for (const key of namesIn(batch)) keys.add(key);
    for (const value of batch.statuses) statuses.push(value);
  }
  const base = baseOf(listing.root);
  return indexByPosition(keys.length, (at) => toObject(base, keys.at(at), statusAt(statuses, at)));
}

async function* listFiles(listing: Listing, signal: AbortSignal): AsyncGenerator<SourceObject[]> {
  const base = baseOf(listing.root);
  for await (const batch of listBatches(listing, signal)) {
    yield namesIn(batch).map((key, index) => toObject(base, key, statusAt(batch.statuses, index)));
  }
}

async function* listBatches(listing: Listing, signal: AbortSignal): AsyncGenerator<ListedBatch> {
  const { root } = listing;
  const batches = isListedHere(listing)
    ? listHere(root, signal)
    : iterateTask(ioThread, WALK, { root }, signal);
  for await (const batch of batches) {
    for (const { path, reason } of batch.skipped) debug('skipping %s: %s', path, reason);
    yield batch;
  }
}

/** What the files' paths begin with, before their keys. */
function baseOf(root: string): string {
  const directory = statPath(root).isDirectory() ? root : dirname(root);
  return directory.endsWith('/') ? directory : `${directory}/`;
}

function namesIn({ keys }: ListedBatch): string[] {
  const names = keys.split('\0');
  names.pop();
  return names;
}

function toObject(base: string, key: string, status: FileStatus): SourceObject {
  const { size } = status;
  const range: FileRange = { path: base + key, offset: 0, length: size, ...listedAs(status) };
  return { key, size, open: () => new PartsBody([range]) };
}
