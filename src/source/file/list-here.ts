import { setImmediate as nextTurn } from 'node:timers/promises';

import { hasLocalClock } from '../../fs/local-clock.js';
import { DirectoryReader } from './directory-entries.js';
import { statPath } from './file-names.js';
import { type ListedBatch, walk } from './walk.js';

/** Listing as many takes a few milliseconds, and less than half of what it takes to start a thread. */
const MOST_FILES = 2000;

/**
 * Whether a file, or a directory that has nothing but few files in it, is on a disk of this machine: it is listed sooner than a
 * thread starts that would do it, and nothing that does not answer can hold the event loop.
 */
export function isListedHere(root: string): boolean {
  try {
    return hasLocalClock(root) && (!statPath(root).isDirectory() || isShort(root));
  } catch {
    return false; // who lists it says what is wrong with it
  }
}

/** Does what a thread would do, and lets the event loop turn every now and then. */
export async function* listHere(root: string, signal: AbortSignal): AsyncGenerator<ListedBatch, void> {
  for (const batch of walk({ root })) {
    yield batch;
    await nextTurn();
    signal.throwIfAborted();
  }
}

function isShort(directory: string): boolean {
  using reader = DirectoryReader.inStrings(directory);
  let files = 0;
  for (let entry = reader.next(); entry; entry = reader.next())
    if (!entry.isFile() || ++files > MOST_FILES) return false;
  return true;
}
