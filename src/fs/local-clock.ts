import { statfsSync } from 'node:fs';

/** `f_type` of file systems whose times come from this machine's clock: ext4, XFS, Btrfs, tmpfs, overlay, ZFS. */
const LOCAL = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1]);

/** What has changed that lately may change again without its times telling: clocks tick, in milliseconds. */
const SETTLED_AFTER_MS = 1000;

/** Whether the times of files below a path come from this machine's clock, as far as the file system can tell. */
export function hasLocalClock(path: string): boolean {
  try {
    return LOCAL.has(statfsSync(path).type);
  } catch {
    return false; // not every FUSE file system has statfs
  }
}

/** What has not changed since that time will show every change by its times, in milliseconds of the clock. */
export function settledNow(): number {
  return Date.now() - SETTLED_AFTER_MS;
}
