// Runs in the threads that write into pipes, and in the one that reads ahead for them.
import { HEADER_BYTES, paddingBytes, partHeader, PartFlag, recordSize } from '../../recordio/framing.js';
import type { FoundFile } from '../../source/file/walk.js';
import type { FileStatus } from '../../fs/file-errors.js';
import { LONG_BYTES } from './feed.js';
import type { SmallFiles } from './small-files.js';

/** What one file came to: its bytes with what goes around it, no room for that, or its status, to be looked at again. */
export type Staged = number | 'no room' | FileStatus;

/**
 * Reads a small file to the beginning of `free`, as it is or as a record.
 *
 * @throws {@link PipeModeError} what is wrong with it
 */
export function stageFile(small: SmallFiles, file: FoundFile, free: Uint8Array, isRecordIO: boolean): Staged {
  const header = isRecordIO ? HEADER_BYTES : 0;
  if (free.length < (file.stats?.size ?? LONG_BYTES) + 2 * header) return 'no room';
  const read = small.read(file, isRecordIO ? free.subarray(header) : free);
  if (typeof read !== 'number' || !isRecordIO) return read;
  free.set(partHeader(PartFlag.whole, read));
  free.fill(0, header + read, header + read + paddingBytes(read));
  return recordSize(read);
}

/**
 * Reads one file after the other, and notes in `lengths` what each of them came to. Stops at the first that is not small and as
 * it should be, whatever is the matter with it; says how many it has read.
 */
export function readBlock(
  small: SmallFiles,
  files: readonly FoundFile[],
  { data, lengths, isRecordIO }: { data: Uint8Array; lengths: Int32Array; isRecordIO: boolean },
): number {
  let filled = 0;
  for (let count = 0; count < files.length; count++) {
    const length = tryStage(small, files[count]!, data.subarray(filled), isRecordIO);
    if (typeof length !== 'number') return count;
    lengths[count] = length;
    filled += length;
  }
  return files.length;
}

function tryStage(small: SmallFiles, file: FoundFile, free: Uint8Array, isRecordIO: boolean): Staged {
  try {
    return stageFile(small, file, free, isRecordIO);
  } catch {
    return 'no room'; // whoever reads it in its turn will find out
  }
}
