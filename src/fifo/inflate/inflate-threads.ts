import { availableParallelism, tmpdir } from 'node:os';

import { packParts } from '../../body/packed-parts.js';
import { leasedSingleton } from '../../workers/threads.js';
import { Bells } from '../bells.js';
import { shareBlocks } from './block-pool.js';
import type { InflateEnd, InflateJob, Inflating } from './inflate-job.js';
import { InflateThread } from './inflate-thread.js';
import type { InflateRun } from './messages.js';
import { Outbox } from './outbox.js';
import { Turns } from './turns.js';

/** More are not of use: what so many make of gzip is more than a pipe takes. */
const MOST_THREADS = 8;

/** The threads that inflate into the pipes of all channels of the process: at most as many as there are cores. */
class InflateThreads {
  readonly #bells = new Bells(MOST_THREADS);
  readonly #threads: InflateThread[] = [];
  readonly #most = Math.min(availableParallelism(), MOST_THREADS);
  /** Memory of runs that are over. */
  readonly #reusable: SharedArrayBuffer[] = [];
  #lastId = 0;

  /** Begins to start the threads, so that they are there when the first object is. */
  start(count = this.#most): readonly InflateThread[] {
    for (let number = 0; number < Math.min(count, this.#most); number++) {
      const thread = this.#threads[number];
      if (!thread || thread.hasFailed) this.#threads[number] = new InflateThread(number, this.#bells);
    }
    return this.#threads.slice(0, count);
  }

  write(fd: number, job: InflateJob, taken: Float64Array): Inflating {
    const { objects, recordio, memoryBytes, onObject } = job;
    const turns = new Turns();
    const blocks = shareBlocks(memoryBytes, this.#reusable.pop());
    const sizes = new Float64Array(new SharedArrayBuffer(objects.length * Float64Array.BYTES_PER_ELEMENT));
    const run: InflateRun = {
      fd,
      parts: packParts(objects.flat()),
      partsOf: Uint32Array.from(objects, (parts) => parts.length),
      recordio,
      tmpdir: tmpdir(),
      turns: turns.shared,
      blocks,
      outbox: Outbox.makeShared(),
      sizes,
      taken,
    };
    let reported = 0;
    const report = () => {
      for (const turn = turns.look(); reported < turn; reported++) onObject(reported, sizes[reported]!);
    };
    const id = ++this.#lastId;
    const threads = this.start(objects.length + 1); // one that has nothing to inflate writes what another inflates
    const cancel = () => {
      for (const thread of threads) thread.cancel(id);
    };
    const shares = threads.map((thread) => thread.join(id, run, report));
    const outcome = outcomeOf(shares, cancel).finally(() => {
      this.#reusable.push(blocks.memory);
      report();
    });
    return { outcome, cancel };
  }

  /** By asking, not by force: a thread must not be ended in the middle of what koffi does. It answers within 50 ms. */
  async terminate(): Promise<void> {
    const threads = this.#threads.splice(0);
    await Promise.all(threads.map((thread) => thread.end()));
    for (const { number } of threads) this.#bells.close(number);
  }
}

/** Settles when all threads have let go; as soon as one has not done its share, the others are stopped. */
async function outcomeOf(shares: readonly Promise<InflateEnd>[], cancel: () => void): Promise<InflateEnd> {
  let outcome: InflateEnd = 'done';
  let crash: { readonly error: unknown } | undefined;
  const settle = async (share: Promise<InflateEnd>) => {
    try {
      const ended = await share;
      if (ended === 'done') return;
      if (outcome === 'done') outcome = ended;
    } catch (error) {
      crash ??= { error };
    }
    cancel();
  };
  await Promise.all(shares.map(settle));
  if (crash) throw crash.error;
  return outcome;
}

/** The threads that inflate for all channels of the process. Only where `loadLibc()` gives something. */
export const inflateThreads = leasedSingleton(() => new InflateThreads());
