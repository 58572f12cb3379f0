import { appendFileSync, closeSync, openSync, renameSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore

import type { ChangeKind } from './scenario.js';

/**
 * Changes a file in one step, so that nothing in between can be seen: not more than a page is overwritten.
 *
 * @param spare - a path on the same file system that is free
 * @returns what the file has now; nothing if it is gone
 */
export function changeFile(
  path: string,
  how: ChangeKind,
  content: Buffer,
  spare: string,
): Buffer | undefined {
  switch (how) {
    case 'overwrite':
      return overwrite(path, content);
    case 'overwriteSameTime': {
      const { atime, mtime } = statSync(path);
      const changed = overwrite(path, content);
      utimesSync(path, atime, mtime);
      return changed;
    }
    case 'truncate': {
      const length = Math.floor(content.length / 2);
      truncateSync(path, length);
      return content.subarray(0, length);
    }
    case 'append':
      appendFileSync(path, 'more');
      return Buffer.concat([content, Buffer.from('more')]);
    case 'vanish':
      unlinkSync(path);
      return undefined;
    case 'replace': {
      const other = Buffer.from(content.map((byte) => byte ^ 0x55));
      writeFileSync(spare, other);
      renameSync(spare, path);
      return other;
    }
  }
}

const PAGE = 4096;

/** The beginning of the file's last page. */
function overwrite(path: string, content: Buffer): Buffer {
  const from = Math.floor((content.length - 1) / PAGE) * PAGE;
  const changed = Buffer.from(content);
  for (let at = from; at < Math.min(from + 16, changed.length); at++) changed[at]! ^= 0xff;
  const fd = openSync(path, 'r+');
  writeSync(fd, changed, from, Math.min(16, changed.length - from), from);
  closeSync(fd);
  return changed;
}
