// Runs in the thread that writes into pipes.
import type { FileRange } from '../../body/body.js';
import { checkUnchanged, closeLongRange, type FileAccess } from './file-access.js';

/** How many files may wait for their check in a thread: each of them keeps a descriptor open. */
const MOST_PENDING = 256;
let pendingInThread = 0;

interface PendingCheck {
  readonly range: FileRange;
  readonly fd: number;
  /** Where its last spliced byte ends, counted from the beginning of the pipe. */
  readonly end: number;
}

/**
 * The files of which a pipe holds pages: `splice` does not copy, so whoever writes to such a file changes what the
 * reader will get. They are checked again when the reader has taken their bytes, which is when these cannot change any
 * more.
 *
 * That covers every change that the file's status tells of: its size, inode, and times of modification and status
 * change. It does not cover what happens within one tick of the file system's clock, writes through a shared mapping
 * whose pages were dirty before, and readers that do not copy either (`splice`, `tee`): they hold the pages for longer.
 */
export class PendingChecks {
  readonly #files: FileAccess;
  readonly #pending: PendingCheck[] = [];

  constructor(files: FileAccess) {
    this.#files = files;
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Whether there is no place for another one, so that bytes have to be copied instead. */
  static get areTooMany(): boolean {
    return pendingInThread >= MOST_PENDING;
  }

  /** Takes over the descriptor of a file that was spliced. */
  add(check: PendingCheck): void {
    this.#pending.push(check);
    pendingInThread++;
  }

  /** Checks the files of which the reader has taken everything, and lets go of them. */
  settle(bytesRead: number): void {
    while (this.#pending.length > 0 && this.#pending[0]!.end <= bytesRead) {
      const { range, fd } = this.#pending[0]!;
      checkUnchanged(this.#files, range, fd);
      closeLongRange(range, fd);
      this.#pending.shift();
      pendingInThread--;
    }
  }

  /** Lets go of all of them, unchecked. */
  close(): void {
    for (const { range, fd } of this.#pending) closeLongRange(range, fd);
    pendingInThread -= this.#pending.length;
    this.#pending.length = 0;
  }
}
