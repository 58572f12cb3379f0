import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { followInside } from '../fs/follow-inside.js';
import type { InsidePaths } from '../runner/inside-paths.js';

/** How much of the file is the reason, in characters. */
export const MOST_CHARACTERS = 1024;

/** A character has at most four bytes. */
const READ_BYTES = 4 * MOST_CHARACTERS + 4;

/** What an algorithm has written to `output/failure`. */
export interface FailureFile {
  /** Its first 1,024 characters. */
  readonly text: string;
  /** Whether there are more. */
  readonly isLonger: boolean;
}

/**
 * `undefined` if there is none. What is no file is none: a FIFO would be waited for. Nor is what a link out of /opt/ml leads to.
 */
export function readFailureFile(paths: InsidePaths): FailureFile | undefined {
  let fd;
  try {
    const found = followInside(`${paths.base}/output/failure`, paths);
    if (found === undefined) return undefined;
    fd = openSync(found.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const buffer = Buffer.alloc(READ_BYTES);
    const characters = Array.from(buffer.toString('utf8', 0, readSync(fd, buffer)));
    return {
      text: characters.slice(0, MOST_CHARACTERS).join(''),
      isLonger: characters.length > MOST_CHARACTERS,
    };
  } finally {
    closeSync(fd);
  }
}
