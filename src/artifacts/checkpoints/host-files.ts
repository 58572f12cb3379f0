import { rm, stat } from 'node:fs/promises';

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

/** What a look at the directory has found. */
export interface Look {
  readonly changed: readonly ChangedFile[];
  /** Whether something has changed, and is left for the next look. */
  readonly isMoreToCome: boolean;
  /** The keys of files that the destination has, and that are not there any more. */
  readonly gone: readonly string[];
  /** Those in whose place, or above it, there is something else now: a directory, or a file. */
  readonly replaced: readonly string[];
}

interface KnownFile {
  /** As it was when it was copied last. */
  copied: { readonly status: FileStatus; readonly isSettled: boolean } | undefined;
  /** Whether it was written here, and not only restored. */
  isOwn: boolean;
  /** Whether it was not there at the last look. */
  isMissed: boolean;
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
   * Looks for what has to be copied, or deleted. What was written in the last second may be written again without its times
   * telling, for clocks tick: it is left for the next look, unless this is the last one. So is a file that is not there,
   * for it may be on its way from one name to another.
   */
  async look(isLast: boolean, signal: AbortSignal): Promise<Look> {
    const look = ++this.#look;
    const settled = settledNow();
    const changed: ChangedFile[] = [];
    let isMoreToCome = false;
    const scanned = { root: this.directory, realRoot: this.#realPath };
    for await (const batch of iterateTask(ioThread, SCAN, scanned, signal)) {
      for (const { path, reason } of batch.skipped) debug('leaving out %s: %s', path, reason);
      for (const { key, status } of filesOf(batch)) {
        const isSettled = status.ctimeMs < settled;
        const known = this.#see(key, look);
        if (this.#hasToBeCopied(known, status, isSettled, isLast))
          changed.push({ host: this, key, path: this.pathOf(key), status, isSettled });
        else isMoreToCome ||= known.unsettledSince !== undefined;
      }
    }
    return { changed, isMoreToCome, ...(await this.#findGone(look, isLast)) };
  }

  /** Notes that the destination has a file as it was found. */
  noteCopied(key: string, status: FileStatus, isSettled: boolean): void {
    const known = this.#see(key, this.#look);
    known.copied = { status, isSettled };
    known.isOwn = true;
    known.unsettledSince = undefined;
  }

  /** Notes that a file is there as the destination has it. */
  noteRestored(key: string, status: FileStatus): void {
    this.#see(key, this.#look).copied = { status, isSettled: true };
  }

  /** Whether it has a file of that key that it has written: the others may delete theirs. */
  keeps(key: string): boolean {
    const known = this.#known.get(key);
    return known !== undefined && known.isOwn && !known.isMissed;
  }

  /** Notes that the destination does not have a file any more. */
  noteRemoved(key: string): void {
    if (this.#known.get(key)?.isMissed) this.#known.delete(key);
  }

  /** Removes a file that was put there for it. */
  async remove(key: string): Promise<void> {
    this.#known.delete(key);
    await rm(this.pathOf(key), { force: true });
  }

  #see(key: string, look: number): KnownFile {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { copied: undefined, isOwn: false, isMissed: false, unsettledSince: undefined, look };
      this.#known.set(key, known);
    }
    known.look = look;
    known.isMissed = false;
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

  /**
   * Of what was not listed, what is certainly not there. When the directory itself has vanished nothing is certain: its
   * files may be elsewhere, or on their way here.
   */
  async #findGone(look: number, isLast: boolean): Promise<Pick<Look, 'gone' | 'replaced'>> {
    const found = { gone: [] as string[], replaced: [] as string[] };
    const missed: KnownFile[] = [];
    for (const [key, known] of this.#known) {
      if (known.look === look) continue;
      if (known.copied === undefined) {
        this.#known.delete(key);
        continue;
      }
      const what = await whatIsAt(this.pathOf(key));
      if (what !== 'nothing' && what !== 'other') continue;
      missed.push(known);
      if (what === 'other') found.replaced.push(key);
      else if (known.isMissed || isLast) found.gone.push(key);
    }
    if (missed.length === 0 || !(await isDirectory(this.directory))) return { gone: [], replaced: [] };
    for (const known of missed) known.isMissed = true;
    return found;
  }
}

/** What has a path now: a file, something else (also above it), or nothing. `unclear` if that cannot be seen. */
async function whatIsAt(path: string): Promise<'file' | 'other' | 'nothing' | 'unclear'> {
  try {
    return (await stat(path)).isFile() ? 'file' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'nothing';
    return code === 'ENOTDIR' || code === 'ELOOP' ? 'other' : 'unclear';
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function isSameStatus(a: FileStatus, b: FileStatus): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino;
}
