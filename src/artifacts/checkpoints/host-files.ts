import { rm } from 'node:fs/promises';

import { debugTo } from '../../debug.js';
import type { FileStatus } from '../../fs/file-errors.js';
import { settledNow } from '../../fs/local-clock.js';
import { filesOf } from '../../source/file/walk.js';
import { iterateTask } from '../../workers/run-task.js';
import { ioThread } from '../../workers/threads.js';
import { realPath } from './overlap.js';
import { SCAN } from './scan-task.js';

const debug = debugTo('checkpoints');

/** A file that is written over and over is copied after that long, in milliseconds, if it lies still while it is read. */
const LONGEST_UNSETTLED_MS = 10_000;

/** A file as it was found, and is to be copied. */
export interface ChangedFile {
  readonly host: HostFiles;
  readonly key: string;
  readonly path: string;
  readonly status: FileStatus;
  /** Whether every change from then on shows in its times. */
  readonly isSettled: boolean;
}

interface KnownFile {
  /** As it was when it was copied last. */
  copied: { readonly status: FileStatus; readonly isSettled: boolean } | undefined;
  /** Since when it is waited for to lie still. */
  unsettledSince: number | undefined;
  /** In which look it was there. */
  look: number;
}

/** The checkpoints of one host, and what is known of them. */
export class HostFiles {
  readonly directory: string;
  #realPath: string | undefined;
  readonly #known = new Map<string, KnownFile>();
  #look = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** From now on its directory is only that one, and not what a link in its place leads to. */
  begin(): void {
    this.#realPath = realPath(this.directory);
  }

  /** The same as a path of this machine. */
  pathOf(key: string): string {
    return this.directory.endsWith('/') ? this.directory + key : `${this.directory}/${key}`;
  }

  /**
   * Looks for what has to be copied. What was written in the last second may be written again without its times telling,
   * for clocks tick: it is left for the next look, unless this is the last one.
   */
  async changed(isLast: boolean, signal: AbortSignal): Promise<ChangedFile[]> {
    const look = ++this.#look;
    const settled = settledNow();
    const changed: ChangedFile[] = [];
    const scanned = { root: this.directory, realRoot: this.#realPath };
    for await (const batch of iterateTask(ioThread, SCAN, scanned, signal)) {
      for (const { path, reason } of batch.skipped) debug('leaving out %s: %s', path, reason);
      for (const { key, status } of filesOf(batch)) {
        const isSettled = status.ctimeMs < settled;
        if (this.#hasToBeCopied(this.#see(key, look), status, isSettled, isLast))
          changed.push({ host: this, key, path: this.pathOf(key), status, isSettled });
      }
    }
    this.#forgetUnseen(look);
    return changed;
  }

  /** Notes that the destination has a file as it was found. */
  noteCopied(key: string, status: FileStatus, isSettled: boolean): void {
    const known = this.#see(key, this.#look);
    known.copied = { status, isSettled };
    known.unsettledSince = undefined;
  }

  /** Removes a file that was put there for it. */
  async remove(key: string): Promise<void> {
    this.#known.delete(key);
    await rm(this.pathOf(key), { force: true });
  }

  #see(key: string, look: number): KnownFile {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { copied: undefined, unsettledSince: undefined, look };
      this.#known.set(key, known);
    }
    known.look = look;
    return known;
  }

  #hasToBeCopied(known: KnownFile, status: FileStatus, isSettled: boolean, isLast: boolean): boolean {
    const { copied } = known;
    const isSame = copied !== undefined && isSameStatus(copied.status, status);
    if (isSame && copied.isSettled) return false;
    if (isSettled || isLast) return true;
    if (isSame) return false;
    known.unsettledSince ??= Date.now();
    return Date.now() - known.unsettledSince >= LONGEST_UNSETTLED_MS;
  }

  #forgetUnseen(look: number): void {
    for (const [key, known] of this.#known) if (known.look !== look) this.#known.delete(key);
  }
}

function isSameStatus(a: FileStatus, b: FileStatus): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino;
}
