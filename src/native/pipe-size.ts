import type { Libc } from './libc.js';

/** What Linux lets everybody have unless it is configured otherwise (`/proc/sys/fs/pipe-max-size`). */
const WANTED_BYTES = 1024 * 1024;

/** What a pipe has anyway. */
const DEFAULT_BYTES = 64 * 1024;

/**
 * Makes a pipe's buffer as large as is allowed, up to 1 MiB or what is wanted. A limit of the system or of the user (there
 * is one for all pipes of a user together, `pipe-user-pages-soft`) makes it smaller, not fail.
 */
export function enlargePipe(libc: Libc, fd: number, wanted = WANTED_BYTES): void {
  for (let bytes = wanted; bytes > DEFAULT_BYTES; bytes /= 2) {
    if (libc.setPipeSize(fd, bytes) >= 0) return;
  }
}
