import { LongTimer } from './long-timer.js';

/** Calls back after any time, in milliseconds; the result calls that off. */
export function afterMs(ms: number, callback: () => void): () => void {
  const timer = new LongTimer(ms, callback);
  return () => timer.cancel();
}
