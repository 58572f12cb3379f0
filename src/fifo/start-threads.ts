import { tellAddonToThreads } from '../native/binding-permit.js';
import { loadLibc, mayHaveLibc } from '../native/libc.js';
import { inflateThreads } from './inflate/inflate-threads.js';
import { looksLarge } from './splice/looks-large.js';
import type { Pump } from './splice/pump.js';
import { copyThread, spliceThread } from './splice/pump-thread.js';
import { wantsLibc } from './wants-libc.js';

/** What will be written, as far as that tells which threads will do it. */
export interface FilesToCome {
  /** As given to {@link FifoSink}. */
  readonly zeroCopy: boolean | undefined;
  /** Whether files will be inflated. */
  readonly areInflated: boolean;
}

/**
 * Begins to start the threads that write files, so that they are there when the first one is written: a thread takes some
 * forty milliseconds, in which koffi is loaded here. Not needed. Whoever calls it has leased threads.
 */
export function startThreads({ zeroCopy, areInflated }: FilesToCome): void {
  if (areInflated && isNative(zeroCopy)) inflateThreads().start();
  else pump(zeroCopy);
  if (!wantsLibc(zeroCopy)) return;
  loadLibc();
  tellAddonToThreads();
}

/**
 * Looks whether there is any regular file below a path, if the thread that will write them is the one to look: it will list
 * them, and nothing else waits for the listing of a large directory. `undefined` if it is not.
 *
 * @throws {@link PipeModeError} what is wrong with the path or with what is below it
 */
export function checkInThread(
  zeroCopy: boolean | undefined,
  below: string,
  signal: AbortSignal,
): Promise<boolean> | undefined {
  return looksLarge(below) ? pump(zeroCopy).check(below, signal) : undefined;
}

function pump(zeroCopy: boolean | undefined): Pump {
  return isNative(zeroCopy) ? spliceThread() : copyThread();
}

function isNative(zeroCopy: boolean | undefined): boolean {
  return wantsLibc(zeroCopy) && mayHaveLibc();
}
