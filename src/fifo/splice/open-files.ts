import { closeSync } from 'node:fs';

/** As many files as a thread has open for longer than a step, and some more; what has no place is not noted. */
const PLACES = 512;

/**
 * Notes which descriptors a thread has open, in memory that it shares with the main thread: if the thread dies, the main
 * thread closes them. Node does that by itself for threads without sockets.
 */
export class OpenFiles {
  /** A descriptor plus 1, or 0. */
  readonly shared: Int32Array;

  constructor(
    shared: Int32Array = new Int32Array(new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT)),
  ) {
    this.shared = shared;
  }

  add(fd: number): void {
    const free = this.shared.indexOf(0);
    if (free >= 0) this.shared[free] = fd + 1;
  }

  /** Before it is closed: its number may be anybody's afterwards. */
  remove(fd: number): void {
    const place = this.shared.indexOf(fd + 1);
    if (place >= 0) this.shared[place] = 0;
  }

  /** Closes what a thread that has died has left open. */
  closeAll(): void {
    for (const noted of this.shared) if (noted > 0) closeIfOpen(noted - 1);
    this.shared.fill(0);
  }
}

function closeIfOpen(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The thread has died in the middle of closing it.
  }
}
