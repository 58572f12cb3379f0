import { statSync } from 'node:fs';

/** What a directory of some 2,000 files has by itself on ext4, XFS, tmpfs and others, in bytes. */
const LARGE_BYTES = 40 * 1024;

/** Whether a directory probably has very many entries, without listing it. */
export function looksLarge(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isDirectory() && stats.size >= LARGE_BYTES;
  } catch {
    return false; // whoever reads it says what is wrong with it
  }
}
