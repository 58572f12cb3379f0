import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';

import { makeDirectory } from '../../fs/make-directory.js';
import { startTask } from '../../workers/run-task.js';
import { writeThread } from '../../workers/threads.js';
import { DEFAULT_LIMITS, type UnpackLimits } from './limits.js';
import { archiveUnreadable, unusableTarget } from './unpack-errors.js';
import { UNPACK, type UnpackProgress } from './unpack-task.js';

export interface UnpackOptions extends UnpackLimits {
  /** Whether links may lead out of the directory, as in a copy of a directory whose links do. Default: `false`. */
  readonly linksMayLeave?: boolean | undefined;
  /** Whether FIFOs and devices are left out, instead of being a reason to refuse all of it. Default: `false`. */
  readonly leavesOutSpecial?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
}

/** So much is read, and sent to the thread, at a time. */
const PIECE_BYTES = 256 * 1024;
const NOTHING_UNPACKED: UnpackProgress = { entries: 0, bytes: 0 };

/**
 * Unpacks a `.tar.gz` or a `.tar`, a file or chunks of any size, into a directory that is empty or not there yet. Nothing
 * is made outside of it, neither by the archive nor through its links; there are no devices, FIFOs or set-uid bits, and
 * files belong to whoever runs this process. After a failure the directory is as it was.
 *
 * @throws {@link PipeModeError} `ARCHIVE_INVALID`, `ARCHIVE_TRUNCATED`, `ARCHIVE_UNSAFE`, `ARCHIVE_TOO_LARGE`,
 * `ARCHIVE_NOT_UNPACKED`, `ARCHIVE_SOURCE_UNREADABLE`, `DEST_…`; what the chunks throw; the signal's reason
 */
export async function unpackArchive(
  archive: string | AsyncIterable<Uint8Array>,
  directory: string,
  options: UnpackOptions = {},
): Promise<UnpackProgress> {
  const wasMade = claim(directory);
  try {
    return await unpack(typeof archive === 'string' ? chunksOf(archive) : archive, directory, options);
  } catch (error) {
    await empty(directory, wasMade).catch(() => undefined); // why it was not unpacked is what counts
    throw error;
  }
}

async function unpack(
  chunks: AsyncIterable<Uint8Array>,
  directory: string,
  { signal, onProgress, linksMayLeave = false, leavesOutSpecial = false, ...limits }: UnpackOptions,
): Promise<UnpackProgress> {
  const { maxBytes = DEFAULT_LIMITS.maxBytes, maxEntries = DEFAULT_LIMITS.maxEntries } = limits;
  const args = { directory, maxBytes, maxEntries, linksMayLeave, leavesOutSpecial };
  const task = startTask(writeThread, UNPACK, args, signal);
  let progress = NOTHING_UNPACKED;
  const step = async (bytes: Uint8Array, last: boolean) => {
    const chunk = new Uint8Array(bytes); // a copy that owns its memory: what is sent is taken away
    const { done, value } = await task.next({ chunk, last }, [chunk.buffer]);
    if (done) return;
    progress = value;
    onProgress?.(progress);
  };
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        await step(chunk.subarray(at, at + PIECE_BYTES), false);
    }
    await step(new Uint8Array(0), true);
    return progress;
  } finally {
    await task.close();
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw archiveUnreadable(path, error);
  }
}

/** Makes sure of an empty directory, and says whether it had to be made. */
function claim(directory: string): boolean {
  try {
    const isMissing = !existsSync(directory);
    makeDirectory(directory);
    const [found] = readdirSync(directory);
    if (found !== undefined) throw unusableTarget(directory, `"${found}" in it`);
    return isMissing;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code?.startsWith('E') ? unusableTarget(directory, code, error) : error;
  }
}

async function empty(directory: string, wasMade: boolean): Promise<void> {
  const all = { recursive: true, force: true };
  if (wasMade) {
    await rm(directory, all);
    return;
  }
  for (const name of readdirSync(directory, { encoding: 'buffer' }))
    await rm(Buffer.concat([Buffer.from(`${directory}/`), name]), all);
}
