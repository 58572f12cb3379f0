import { appendFileSync, closeSync, openSync, renameSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore

import type { ChangeKind } from './scenario.js';

/** What a file consists of after a change, and what it consisted of meanwhile. */
export interface Change {
  /** Nothing if the file is gone. */
  readonly to: Buffer | undefined;
  readonly via: readonly Buffer[];
}

/**
 * Changes a file, in steps of which each is seen as a whole: not more than some bytes of one page are overwritten.
 *
 * @param spare - a path on the same file system that is free
 */
export function changeFile(path: string, how: ChangeKind, content: Buffer, spare: string): Change {
  switch (how) {
    case 'overwrite':
      return overwrite(path, content);
    case 'overwriteSameTime': {
      const { atime, mtime } = statSync(path);
      const change = overwrite(path, content);
      utimesSync(path, atime, mtime);
      return change;
    }
    case 'truncate': {
      const length = Math.floor(content.length / 2);
      truncateSync(path, length);
      return { to: content.subarray(0, length), via: [] };
    }
    case 'append':
      appendFileSync(path, 'more');
      return { to: Buffer.concat([content, Buffer.from('more')]), via: [] };
    case 'vanish':
      unlinkSync(path);
      return { to: undefined, via: [] };
    case 'replace': {
      const other = Buffer.from(content.map((byte) => byte ^ 0x55));
      writeFileSync(spare, other);
      renameSync(spare, path);
      return { to: other, via: [] };
    }
  }
}

const FEW = 16;

/** The file's beginning and then its end: who has the one from before and the other from after has a file that never was. */
function overwrite(path: string, content: Buffer): Change {
  const half = Buffer.from(content);
  for (let at = 0; at < Math.min(FEW, content.length); at++) half[at]! ^= 0xff;
  const full = Buffer.from(half);
  const from = Math.max(FEW, content.length - FEW);
  for (let at = from; at < content.length; at++) full[at]! ^= 0xff;
  const fd = openSync(path, 'r+');
  writeSync(fd, half, 0, Math.min(FEW, content.length), 0);
  if (from < content.length) writeSync(fd, full, from, content.length - from, from);
  closeSync(fd);
  return { to: full, via: [half] };
}
