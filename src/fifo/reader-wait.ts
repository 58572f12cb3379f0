import { onAbort } from '../abort/on-abort.js';
import type { Libc } from '../native/libc.js';
import { type Fifo, openForWriting } from './fifo.js';
import { FifoOpener } from './fifo-opener.js';

/** How long to wait between two tries, in milliseconds: short for a reader that is about to come. */
const SHORTEST_MS = 1;
/** What a try costs is the waking up, so those who wait long wake up together, and seldom. */
const LONGEST_MS = 50;
/** The pause is this part of the time already waited. */
const GROWTH = 0.05;
/** The same for those who have waited very long, of which a pause is a hundredth at the most. */
const LONG_AFTER_MS = 10_000;
const LONGEST_AFTER_LONG_MS = 2 * LONGEST_MS;

interface Waiting {
  readonly opener: FifoOpener;
  readonly began: number;
  dueAt: number;
  readonly resolve: (fd: number) => void;
  readonly reject: (error: unknown) => void;
}

/** All who wait in this process: they share a timer, so that many idle channels cost little more than one. */
const waiting = new Set<Waiting>();
let timer: NodeJS.Timeout | undefined;

/**
 * Waits until somebody opens the FIFO for reading, and opens it for writing. Trying is cheap and needs no
 * thread: a non-blocking open fails at once until there is a reader.
 *
 * @throws the signal's reason.
 */
export async function waitForReader(
  fifo: Fifo,
  libc: Libc | undefined,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const fd = openForWriting(fifo, libc);
  if (fd !== undefined) return fd;
  const began = performance.now();
  const opener = new FifoOpener(fifo, libc, began);
  let entry!: Waiting;
  const opened = new Promise<number>((resolve, reject) => {
    entry = { opener, began, dueAt: began + SHORTEST_MS, resolve, reject };
  });
  const unwatch = onAbort(signal, () => {
    stopWaiting(entry);
    entry.reject(signal.reason);
  });
  waiting.add(entry);
  schedule();
  try {
    return await opened;
  } finally {
    unwatch();
    opener.close();
  }
}

function tick(): void {
  const now = performance.now();
  for (const entry of waiting) {
    if (entry.dueAt > now) continue;
    const pause = pauseAfter(now - entry.began);
    entry.dueAt = (Math.floor(now / pause) + 1) * pause; // multiples, so that those who wait long come together
    tryOnce(entry, now);
  }
  schedule();
}

function pauseAfter(waited: number): number {
  if (waited >= LONG_AFTER_MS) return LONGEST_AFTER_LONG_MS;
  return Math.min(Math.max(waited * GROWTH, SHORTEST_MS), LONGEST_MS);
}

function tryOnce(entry: Waiting, now: number): void {
  try {
    const fd = entry.opener.tryOpen(now);
    if (fd === undefined) return;
    entry.resolve(fd);
  } catch (error) {
    entry.reject(error);
  }
  waiting.delete(entry);
}

function stopWaiting(entry: Waiting): void {
  waiting.delete(entry);
  schedule();
}

function schedule(): void {
  clearTimeout(timer);
  timer = undefined;
  if (waiting.size === 0) return;
  let next = Infinity;
  for (const { dueAt } of waiting) next = Math.min(next, dueAt);
  // Rounded up: a moment too early would be a try for nothing.
  timer = setTimeout(tick, Math.max(Math.ceil(next - performance.now()), 0));
}
