import { setTimeout as delay } from 'node:timers/promises';

import { type Fifo, openForWriting } from './fifo.js';

/** How long to wait between two tries, in milliseconds: short for a reader that is about to come. */
const SHORTEST_MS = 1;
/** An idle channel costs one failing `open` every so often; twenty of them less than 2 % of a core. */
const LONGEST_MS = 25;
/** The pause is this part of the time already waited. */
const GROWTH = 0.05;

/**
 * Waits until somebody opens the FIFO for reading, and opens it for writing. Trying is cheap and needs no
 * thread: a non-blocking open fails at once until there is a reader.
 *
 * @throws the signal's reason.
 */
export async function waitForReader(fifo: Fifo, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const fd = openForWriting(fifo);
    if (fd !== undefined) return fd;
    const pause = Math.min(Math.max((performance.now() - began) * GROWTH, SHORTEST_MS), LONGEST_MS);
    await delay(pause, undefined, { signal }).catch(() => undefined); // the reason is thrown above
  }
}
