import { rename, rm } from 'node:fs/promises';

import { type Block, tarBlocks, type TarOptions } from '../archive/pack/tar-blocks.js';
import { unpackArchive } from '../archive/unpack/unpack-archive.js';
import { PipeModeError } from '../errors.js';
import { makeDirectoryOf, notWritten } from './artifact-errors.js';
import { temporaryName } from './temporary-name.js';

/**
 * Copies a directory, which appears as a whole. What is copied is what an archive would have, by way of one that is
 * never written: links stay links, also those that lead elsewhere, for they lead there already.
 *
 * @throws {@link PipeModeError} `ARTIFACT_NOT_WRITTEN` and what packing and unpacking throw
 */
export async function copyToLocal(
  directory: string,
  path: string,
  options: Omit<TarOptions, 'held'>,
): Promise<number> {
  makeDirectoryOf(path);
  const temporary = temporaryName(path);
  const blocks = bytesOf(tarBlocks(directory, { ...options, held: 1 }));
  try {
    const limits = { maxBytes: Infinity, maxEntries: Infinity, linksMayLeave: true };
    const { bytes } = await unpackArchive(blocks, temporary, { ...limits, signal: options.signal });
    try {
      await rename(temporary, path);
    } catch (error) {
      throw notWritten(path, error);
    }
    return bytes;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error instanceof PipeModeError && error.code === 'ARCHIVE_NOT_UNPACKED'
      ? notWritten(path, error.cause)
      : error;
  }
}

async function* bytesOf(blocks: AsyncIterable<Block>): AsyncGenerator<Uint8Array> {
  for await (const block of blocks) {
    yield block.bytes;
    block.release();
  }
}
