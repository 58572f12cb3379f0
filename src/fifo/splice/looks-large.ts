import { statSync } from 'node:fs';

/** What a directory of some 2,000 files has by itself on ext4, XFS, tmpfs and others, in bytes. */
const LARGE_BYTES = 40 * 1024;

/** Whether a directory probably has very many entries, without listing it. */
export function looksLarge(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.size >= LARGE_BYTES;
}
