import type Docker from 'dockerode';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { unpackArchive } from '../../archive/unpack/unpack-archive.js';
import { archiveOf, statIn } from './archive-of.js';
import { NO_LIMITS } from './collect.js';
import type { Engine } from './engine.js';
import { takeOver, toSecond } from './take-over.js';

/** An engine sends all of a directory, whatever has changed of it: it may be busy with that for so much of the time. */
const BUSY_SHARE = 0.1;

/** What was written less than that long ago may be being written, in milliseconds. */
const SETTLED_MS = 1000;

/** A directory of this machine that is kept like one in a container, while that runs. */
export class LiveCopy {
  readonly #engine: Engine;
  readonly #container: Docker.Container;
  readonly #inside: string;
  readonly #outside: string;
  #notBefore = 0;

  constructor(engine: Engine, container: Docker.Container, paths: { inside: string; outside: string }) {
    this.#engine = engine;
    this.#container = container;
    this.#inside = paths.inside;
    this.#outside = paths.outside;
  }

  /**
   * Fetches what is new. What is being written stays as it was here: files are whole. Says whether it has: not if it is too
   * soon after the last time, or the directory is not there.
   *
   * @throws what the engine answers; `ARCHIVE_…` of what has changed while it was fetched; the signal's reason
   */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const began = performance.now();
    if (began < this.#notBefore) return false;
    const wasSettled = Date.now() - SETTLED_MS;
    const temporary = await mkdtemp(join(dirname(this.#outside), '.refreshed-'));
    try {
      const archive = await archiveOf(this.#engine, this.#container, this.#inside, signal);
      if (archive === undefined) return false;
      const unpacked = join(temporary, 'unpacked');
      await unpackArchive(archive, unpacked, { ...NO_LIMITS, signal });
      await takeOver(join(unpacked, basename(this.#inside)), this.#outside, async (name, stats) => {
        signal.throwIfAborted();
        // Archives have times to the second: until its end it may have been written again.
        if (stats.mtimeMs + 1000 > wasSettled) return false;
        const now = await statIn(this.#engine, this.#container, join(this.#inside, name.toString()));
        return now?.size === stats.size && toSecond(now) === toSecond(stats);
      });
      return true;
    } finally {
      const took = performance.now() - began;
      this.#notBefore = performance.now() + took * (1 / BUSY_SHARE - 1);
      await rm(temporary, { recursive: true, force: true });
    }
  }
}
