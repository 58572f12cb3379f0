// Runs in the thread that writes into pipes.
import { constants } from 'node:fs';

import type { FileRange } from '../../body/body.js';
import { PipeModeError } from '../../errors.js';
import { fileChange, fileReplaced, type FileStatus, listedAs, unreadableFile } from '../../fs/file-errors.js';
import { hasLocalClock, settledNow } from '../../fs/local-clock.js';
import type { FoundFile } from '../../source/file/walk.js';
import { LONG_BYTES } from './feed.js';
import { type Directory, type FileAccess, readFully } from './file-access.js';

/** What a file as a range of itself says of it. */
export function rangeOf({ base, name }: FoundFile, stats: FileStatus): FileRange {
  return { path: base + name, offset: 0, length: stats.size, ...listedAs(stats) };
}

/**
 * Reads whole files that are small. Mostly one look at a file's status, after reading, is enough: it has to be as long as what
 * was read, and to have been so since before anything of this epoch was read.
 */
export class SmallFiles {
  readonly #files: FileAccess;
  /** What has not changed since then, in milliseconds of the clock, has not changed while this reads. */
  readonly settledBefore: number;
  #directory: Directory | undefined;
  #isLocal = false;

  constructor(files: FileAccess, settledBefore = settledNow()) {
    this.#files = files;
    this.settledBefore = settledBefore;
  }

  /**
   * Reads a file to its end, if it is shorter than `LONG_BYTES` and than `target`, and says how long it is. Otherwise, or if
   * it changes meanwhile: its status.
   *
   * @throws {@link PipeModeError} what is wrong with it, above all if it is not what `file.stats` say
   */
  read(file: FoundFile, target: Uint8Array): number | FileStatus {
    let fd: number | undefined;
    try {
      fd = this.#files.openIn(this.#directoryOf(file.base), file.name);
      if (file.stats) return this.#readListed(file, file.stats, fd, target);
      return this.#readUnlisted(file, fd, target);
    } catch (error) {
      throw error instanceof PipeModeError ? error : unreadableFile(file.base + file.name, error);
    } finally {
      if (fd !== undefined) this.#files.close(fd);
    }
  }

  close(): void {
    if (this.#directory) this.#files.closeDirectory(this.#directory);
    this.#directory = undefined;
  }

  #readListed(file: FoundFile, stats: FileStatus, fd: number, target: Uint8Array): number {
    const range = rangeOf(file, stats);
    readFully(this.#files, range, { fd, target: target.subarray(0, stats.size), offset: 0 });
    const change = fileChange(range, this.#files.status(fd));
    if (change) throw change;
    return stats.size;
  }

  #readUnlisted(file: FoundFile, fd: number, target: Uint8Array): number | FileStatus {
    const most = Math.min(LONG_BYTES, target.length);
    const length = this.#files.read(fd, target, most, 0);
    const stats = this.#files.status(fd);
    if (length === 0 && (stats.mode & constants.S_IFMT) !== constants.S_IFREG)
      throw fileReplaced(file.base + file.name);
    const isWhole = stats.size === length && length < most;
    return isWhole && this.#isSettled(stats) ? length : stats;
  }

  #isSettled({ ctimeMs, mtimeMs }: FileStatus): boolean {
    return this.#isLocal && ctimeMs < this.settledBefore && mtimeMs < this.settledBefore;
  }

  #directoryOf(base: string): Directory {
    if (this.#directory?.path === base) return this.#directory;
    this.close();
    this.#isLocal = hasLocalClock(base);
    return (this.#directory = this.#files.openDirectory(base));
  }
}
