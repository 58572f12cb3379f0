import { DirectoryReader } from './directory-entries.js';
import { statPath } from './file-names.js';
import { TimeSlices } from './time-slices.js';
import { inBatches, type ListedBatch, type ListedFile, type Skipped, walkFiles } from './walk.js';

/** Listing as many takes a millisecond or two, where starting a thread takes thirty. */
const MOST_FILES = 256;

/** Whether something is a file, or a directory that has nothing in it but few files. Reads no more than their names. */
export function isShort(root: string): boolean {
  try {
    return !statPath(root).isDirectory() || hasFewFiles(root);
  } catch {
    return false; // who lists it says what is wrong with it
  }
}

/** Lists what is short here, as a thread would. */
export async function* listHere(root: string, signal: AbortSignal): AsyncGenerator<ListedBatch, void> {
  signal.throwIfAborted();
  const all: (ListedFile | Skipped)[] = [];
  const slices = new TimeSlices(signal);
  for (const found of walkFiles(root)) {
    all.push(found);
    await slices.pause();
  }
  yield* inBatches(all);
}

function hasFewFiles(directory: string): boolean {
  using reader = DirectoryReader.inStrings(directory);
  let files = 0;
  for (let entry = reader.next(); entry; entry = reader.next())
    if (!entry.isFile() || ++files > MOST_FILES) return false;
  return true;
}
