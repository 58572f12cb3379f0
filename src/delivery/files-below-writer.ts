import { debugTo } from '../debug.js';
import { PipeModeError } from '../errors.js';
import type { FifoSink } from '../fifo/fifo-sink.js';
import type { FilesBelow, FilesProgress } from '../fifo/splice/pump-messages.js';
import { filesBelow } from '../source/file/files-below.js';
import type { Source } from '../source/source.js';
import { isRecordio } from '../transform/recordio.js';
import type { Transform } from '../transform/transform.js';
import { failureOf } from './failure.js';

const debug = debugTo('file');

/**
 * What to have listed by the thread that writes: the files of a source that are sent as they are, or as RecordIO. `undefined`
 * for every other combination, which goes the general way; the two send the same and report the same.
 */
export function filesToWrite(source: Source, transforms: readonly Transform[]): FilesBelow | undefined {
  const root = filesBelow(source);
  if (root === undefined) return undefined;
  if (transforms.length === 0) return { root, isRecordIO: false };
  return transforms.length === 1 && isRecordio(transforms[0]!) ? { root, isRecordIO: true } : undefined;
}

/** Writes files that the sink's thread lists, and tells of those that were sent. Says whether there were any. */
export async function writeFilesBelow(
  below: FilesBelow,
  sink: FifoSink,
  onObject: (key: string, bytes: number) => void,
): Promise<boolean> {
  let isEmpty = true;
  const failed = { isListing: false };
  const onProgress = (progress: FilesProgress) => {
    const { sent, skipped } = progress;
    if (progress.isListingFailed) failed.isListing = true;
    if (skipped) debug('skipping %s: %s', skipped.path, skipped.reason);
    if (!sent) return;
    isEmpty = false;
    const keys = sent.keys.split('\0');
    sent.bytes.forEach((bytes, index) => {
      onObject(keys[index]!, bytes);
    });
  };
  try {
    await sink.writeFilesBelow(below, onProgress);
    await sink.settle();
  } catch (error) {
    if (failed.isListing)
      throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Listing the source failed' });
    throw failureOf(error, { code: 'SOURCE_FAILED', what: 'Reading failed for', key: keyOf(error, below) });
  }
  return !isEmpty;
}

/** A file's key is its path relative to the root. */
function keyOf(error: unknown, { root }: FilesBelow): string | undefined {
  const path = error instanceof PipeModeError ? error.path : undefined;
  const base = root.endsWith('/') ? root : `${root}/`;
  if (path === root) return path.slice(path.lastIndexOf('/') + 1);
  return path?.startsWith(base) === true ? path.slice(base.length) : undefined;
}
