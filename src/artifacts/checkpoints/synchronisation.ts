import { PartsBody } from '../../body/parts-body.js';
import { debugTo } from '../../debug.js';
import type { PipeModeError } from '../../errors.js';
import { listedAs } from '../../fs/file-errors.js';
import { forEachAtOnce } from '../for-each-at-once.js';
import { isChange } from './checkpoint-errors.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { ChangedFile, HostFiles, Look } from './host-files.js';

const debug = debugTo('checkpoints');

/** Files that are written at a time: the latency of requests hides behind that many. */
const FILES_AT_ONCE = 16;

/** What changes in the last round is looked at again so often, and from then on taken as it is. */
const CAREFUL_PASSES = 2;
const PASSES = 4;

/**
 * Copies what has changed in the directories of the hosts to the destination, and deletes there what is not in them any
 * more: only files that the destination has from them, or that were restored from it.
 */
export class Synchronisation {
  readonly #store: CheckpointStore;
  readonly #hosts: readonly HostFiles[];

  constructor(store: CheckpointStore, hosts: readonly HostFiles[]) {
    this.#store = store;
    this.#hosts = hosts;
  }

  /**
   * Looks once, and copies. What is written meanwhile goes in the next round.
   *
   * @param ending - when it is aborted, nothing further is begun
   * @param signal - ends what is under way
   */
  async round(ending: AbortSignal, signal: AbortSignal): Promise<void> {
    await this.#synchronise({ isLast: false, asItIs: false }, signal, ending);
  }

  /** Copies everything: to be called when nothing is written any more. What is written all the same is taken as it is. */
  async lastRound(signal: AbortSignal): Promise<void> {
    let change: PipeModeError | undefined;
    for (let pass = 0; pass < PASSES; pass++) {
      change = await this.#synchronise({ isLast: true, asItIs: pass >= CAREFUL_PASSES }, signal);
      if (change === undefined) return;
    }
    throw change!;
  }

  /** Says whether some file has changed while it was read. What is gone is deleted when everything else was copied. */
  async #synchronise(
    how: { readonly isLast: boolean; readonly asItIs: boolean },
    signal: AbortSignal,
    ending?: AbortSignal,
  ): Promise<PipeModeError | undefined> {
    signal.throwIfAborted();
    let change: PipeModeError | undefined;
    const looks = await Promise.all(this.#hosts.map((host) => host.look(how.isLast, signal)));
    if (ending?.aborted) return undefined;
    await this.#remove('replaced', looks, signal); // first: a directory may come there
    const copies = inOrderOfTime(looks.flatMap(({ changed }) => changed));
    await forEachAtOnce(
      FILES_AT_ONCE,
      signal,
      () => copies,
      async (files, either) => {
        if (ending?.aborted) return;
        change = (await this.#copy(files, how.asItIs, either)) ?? change;
      },
    );
    const isMoreToCome = change !== undefined || looks.some((look) => look.isMoreToCome);
    if (!isMoreToCome && ending?.aborted !== true) await this.#remove('gone', looks, signal);
    return change;
  }

  /** Deletes files at the destination, but for those of which another host keeps one of its own. */
  async #remove(which: 'gone' | 'replaced', looks: readonly Look[], signal: AbortSignal): Promise<void> {
    const keys = looks.flatMap((look) => look[which]);
    const unwanted = new Set(keys.filter((key) => !this.#hosts.some((host) => host.keeps(key))));
    await forEachAtOnce(
      FILES_AT_ONCE,
      signal,
      () => unwanted,
      async (key, either) => {
        await this.#store.remove(key, either);
        for (const host of this.#hosts) host.noteRemoved(key);
      },
    );
  }

  /** Copies the latest of the files of several hosts that have the same key. */
  async #copy(
    files: readonly ChangedFile[],
    asItIs: boolean,
    signal: AbortSignal,
  ): Promise<PipeModeError | undefined> {
    const { key, path, status } = files.at(-1)!;
    const { size, mtimeMs } = status;
    const as = asItIs ? { inode: status.ino } : listedAs(status);
    const body = new PartsBody([{ path, offset: 0, length: size, ...as }]);
    try {
      await this.#store.write({ key, size, modified: new Date(mtimeMs), body }, signal);
    } catch (error) {
      if (!isChange(error)) throw error;
      debug('%s changed while it was copied: %s', path, error.message);
      return error;
    }
    for (const file of files) file.host.noteCopied(key, file.status, file.isSettled);
    return undefined;
  }
}

/**
 * What was written first goes first, so that a file that names others comes behind them, as far as several at a time have
 * an order. Files of the same key go together.
 */
function inOrderOfTime(files: ChangedFile[]): Iterable<readonly ChangedFile[]> {
  files.sort((a, b) => a.status.mtimeMs - b.status.mtimeMs);
  const byKey = new Map<string, ChangedFile[]>();
  for (const file of files) {
    const same = byKey.get(file.key) ?? [];
    byKey.delete(file.key); // it has the place of its latest
    byKey.set(file.key, [...same, file]);
  }
  return byKey.values();
}
