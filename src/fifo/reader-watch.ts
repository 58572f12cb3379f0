import type { Libc } from '../native/libc.js';
import { hasNoReader } from './fifo.js';

/** How often to look whether readers are still there, in milliseconds. */
const INTERVAL_MS = 50;

interface Watched {
  readonly fd: number;
  readonly libc: Libc | undefined;
  readonly onLeft: () => void;
}

/** All FIFOs of this process whose readers are watched: they share a timer. */
const watched = new Set<Watched>();
let timer: NodeJS.Timeout | undefined;

/**
 * Watches the reader of a FIFO that is open for writing, while nothing is written that would fail without one. Calls
 * back once, when it has left. The result stops that.
 */
export function watchReader(fd: number, libc: Libc | undefined, onLeft: () => void): () => void {
  const entry: Watched = { fd, libc, onLeft };
  watched.add(entry);
  timer ??= setInterval(look, INTERVAL_MS);
  timer.ref();
  return () => {
    unwatch(entry);
  };
}

function look(): void {
  if (watched.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
  for (const entry of watched) {
    if (!hasNoReader(entry.fd, entry.libc)) continue;
    unwatch(entry);
    entry.onLeft();
  }
}

/** The timer goes on to its next turn, because between two writes watching begins and ends many times a second. */
function unwatch(entry: Watched): void {
  watched.delete(entry);
  if (watched.size === 0) timer?.unref();
}
