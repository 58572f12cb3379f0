import { closeSync, fstatSync } from 'node:fs';

/** As many files as a thread has open for longer than a step, and some more; what has no place is not noted. */
const PLACES = 512;

/**
 * Notes which descriptors a thread has open, in memory that it shares with the main thread: if the thread dies, the main
 * thread closes them. Node does that by itself for threads without sockets.
 */
export class OpenFiles {
  /** Per place: a descriptor plus 1, or 0; and the inode that it leads to. */
  readonly shared: Float64Array;

  constructor(
    shared: Float64Array = new Float64Array(
      new SharedArrayBuffer(2 * PLACES * Float64Array.BYTES_PER_ELEMENT),
    ),
  ) {
    this.shared = shared;
  }

  add(fd: number): void {
    for (let at = 0; at < this.shared.length; at += 2) {
      if (this.shared[at] !== 0) continue;
      this.shared[at + 1] = fstatSync(fd).ino;
      this.shared[at] = fd + 1;
      return;
    }
  }

  /** Before it is closed: its number may be anybody's afterwards. */
  remove(fd: number): void {
    for (let at = 0; at < this.shared.length; at += 2) {
      if (this.shared[at] === fd + 1) this.shared[at] = 0;
    }
  }

  /** Closes what a thread that has died has left open. */
  closeAll(): void {
    for (let at = 0; at < this.shared.length; at += 2) {
      const noted = this.shared[at]!;
      if (noted > 0) closeIfSame(noted - 1, this.shared[at + 1]!);
    }
    this.shared.fill(0);
  }
}

/** Node may have closed it, and its number be somebody else's by now. */
function closeIfSame(fd: number, inode: number): void {
  try {
    if (fstatSync(fd).ino === inode) closeSync(fd);
  } catch {
    // It is closed.
  }
}
