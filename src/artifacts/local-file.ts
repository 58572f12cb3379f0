import { open, rename, rm } from 'node:fs/promises';

import { PipeModeError } from '../errors.js';
import { writeWhole } from '../fs/write-all.js';
import { makeDirectoryOf, notWritten } from './artifact-errors.js';
import { temporaryName } from './temporary-name.js';

/**
 * Writes a file that appears as a whole, in the place of one that is there, and says how many bytes it has.
 *
 * @param modified - when its content was, if it is to say so
 * @throws {@link PipeModeError} `ARTIFACT_NOT_WRITTEN`; what the chunks throw
 */
export async function writeLocalFile(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  modified?: Date,
): Promise<number> {
  makeDirectoryOf(path);
  const temporary = temporaryName(path);
  let bytes = 0;
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const chunk of chunks) {
        await writeWhole(file, chunk);
        bytes += chunk.length;
      }
      if (modified) await file.utimes(modified, modified);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return bytes;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof PipeModeError || !isSystemError(error) ? error : notWritten(path, error);
  }
}

/** Whether it is the system that says no. */
export function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | undefined)?.syscall === 'string';
}
