import { availableParallelism } from 'node:os';

import { Thread } from './thread.js';

/**
 * The threads of this process. They exist while somebody holds a lease (a channel from `start()` to its
 * end), so that nothing is left behind when nothing is going on, and nothing is started twice while it is.
 */
let threads: Thread[] = [];
let leases = 0;

/** Keeps the threads alive until `release()`, which resolves when nothing is left of them. */
export interface ThreadLease {
  release(): Promise<void>;
}

export function leaseThreads(): ThreadLease {
  leases++;
  let released: Promise<void> | undefined;
  return { release: () => (released ??= releaseThreads()) };
}

async function releaseThreads(): Promise<void> {
  if (--leases > 0) return;
  const ending = threads;
  threads = [];
  await Promise.all(ending.map((thread) => thread.terminate()));
}

/** The thread for what waits for the file system: one, because more of them would only wait together. */
export function ioThread(): Thread {
  return (threads[0] ??= new Thread());
}

/** A thread for what computes: the least busy one of as many as there are cores. */
export function computeThread(): Thread {
  const idle = threads.find((thread) => thread.load === 0);
  if (idle) return idle;
  if (threads.length < availableParallelism()) {
    const thread = new Thread();
    threads.push(thread);
    return thread;
  }
  return threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
}
