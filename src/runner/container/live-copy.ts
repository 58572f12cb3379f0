import type Docker from 'dockerode';
import { lstat, mkdtemp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { removeWhole } from '../../directory/remove-whole.js';
import { copyOut } from './copy-out.js';
import type { Engine } from './engine.js';
import { takeOver, toSecond } from './take-over.js';

/** An engine sends all of a directory, whatever has changed of it: it may be busy with that for so much of the time. */
const BUSY_SHARE = 0.1;

/** What was written less than that long ago may be being written, in milliseconds. */
const SETTLED_MS = 1000;

/** The directory as it was fetched. */
interface Fetched {
  readonly temporary: string;
  readonly directory: string;
  /** What was written before, and has the same time later, has not been written since. */
  readonly settledMs: number;
}

/**
 * A directory of this machine that is kept like one in a container, while that runs. What was fetched is looked at when it
 * was fetched once more: a file that is the same in both was not written while it was read.
 */
export class LiveCopy {
  readonly #engine: Engine;
  readonly #container: Docker.Container;
  readonly #inside: string;
  readonly #outside: string;
  #before: Fetched | undefined;
  #notBefore = 0;

  constructor(engine: Engine, container: Docker.Container, paths: { inside: string; outside: string }) {
    this.#engine = engine;
    this.#container = container;
    this.#inside = paths.inside;
    this.#outside = paths.outside;
  }

  /**
   * Brings the directory to what was fetched the last time, and fetches it again. What was being written then stays as it
   * was here: files are whole. Says whether it has: not if it is too soon, the first time, or if no directory is there.
   *
   * @throws what the engine answers; `ARCHIVE_…` of what has changed while it was fetched; the signal's reason
   */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const began = performance.now();
    if (began < this.#notBefore) return false;
    try {
      const fetched = await this.#fetch(signal);
      const before = this.#before;
      this.#before = fetched;
      if (before === undefined) return false;
      try {
        if (fetched === undefined) return false;
        await takeOver(before.directory, this.#outside, async (name, { size, mtimeMs }) => {
          if (mtimeMs + 1000 > before.settledMs) return false; // archives have times to the second
          const path = Buffer.concat([Buffer.from(`${fetched.directory}/`), name]);
          const now = await lstat(path).catch(() => undefined);
          return now?.size === size && toSecond(now) === toSecond({ mtimeMs });
        });
        return true;
      } finally {
        await removeWhole(before.temporary);
      }
    } finally {
      const took = performance.now() - began;
      this.#notBefore = performance.now() + took * (1 / BUSY_SHARE - 1);
    }
  }

  /** Removes what was fetched. */
  async discard(): Promise<void> {
    if (this.#before !== undefined) await removeWhole(this.#before.temporary);
    this.#before = undefined;
  }

  /** `undefined` if nothing is there, or no directory: a link may lead to what is somebody else's on this machine. */
  async #fetch(signal: AbortSignal): Promise<Fetched | undefined> {
    const settledMs = Date.now() - SETTLED_MS;
    const temporary = await mkdtemp(join(dirname(this.#outside), '.refreshed-'));
    const outside = join(temporary, 'unpacked');
    const directory = join(outside, basename(this.#inside));
    let isDirectory = false;
    try {
      const copied = { inside: this.#inside, outside };
      const isThere = await copyOut(this.#engine, this.#container, copied, signal);
      const stats = isThere ? await lstat(directory).catch(() => undefined) : undefined;
      isDirectory = stats?.isDirectory() === true;
      return isDirectory ? { temporary, directory, settledMs } : undefined;
    } finally {
      if (!isDirectory) await removeWhole(temporary);
    }
  }
}
