import { AT_ONCE, gzipMember } from './gzip-member.js';
import type { PackProgress } from './pack-task.js';
import { tarBlocks } from './tar-blocks.js';
import type { LeftOut } from './tree.js';

export interface PackOptions {
  /** How hard to compress: 0 (not at all) to 9. Default: 4, which takes half the time of 6 for some 2 % more bytes. */
  readonly level?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every MiB or so. */
  readonly onProgress?: ((progress: PackProgress) => void) | undefined;
  /** Called for every socket, FIFO and device. */
  readonly onLeftOut?: ((leftOut: LeftOut) => void) | undefined;
}

const DEFAULT_LEVEL = 4;

/**
 * A directory as `.tar.gz`, in some 10 MB of memory however large it is. The same tree gives the same bytes. Links stay
 * links, also those that lead out of the directory; of a file with several names, the second one is a hard link.
 *
 * @throws {@link PipeModeError} `ARCHIVE_SOURCE_UNREADABLE`, `ARCHIVE_SOURCE_CHANGED`; the signal's reason
 */
export function packDirectory(
  directory: string,
  { level = DEFAULT_LEVEL, ...options }: PackOptions = {},
): AsyncGenerator<Uint8Array, void> {
  return gzipMember(tarBlocks(directory, { ...options, held: AT_ONCE }), level);
}
