import { mayHaveLibc } from '../native/libc.js';
import { inflateThreads } from './inflate/inflate-threads.js';
import { looksLarge } from './splice/looks-large.js';
import { copyThread, spliceThread } from './splice/pump-thread.js';
import { wantsLibc } from './wants-libc.js';

/** What will be written, as far as that tells which threads will do it. */
export interface FilesToCome {
  /** As given to {@link FifoSink}. */
  readonly zeroCopy: boolean | undefined;
  /** Whether files will be inflated. */
  readonly areInflated: boolean;
  /** The path below which the thread that writes will list files by itself. */
  readonly below: string | undefined;
}

/**
 * Begins to start the threads that write files, so that they are there when the first one is written: a thread takes some
 * forty milliseconds. Not needed. Whoever calls it has leased threads, and has not loaded koffi, which the threads do by
 * themselves meanwhile.
 */
export function startThreads({ zeroCopy, areInflated, below }: FilesToCome): void {
  const isNative = wantsLibc(zeroCopy) && mayHaveLibc();
  if (areInflated && isNative) {
    inflateThreads().start();
    return;
  }
  const thread = isNative ? spliceThread() : copyThread();
  if (below !== undefined && looksLarge(below)) thread.expect(below);
}
