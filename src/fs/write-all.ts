import { writeSync } from 'node:fs';

/** Writes bytes to the end, however little the file takes at a time. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
