import { availableParallelism } from 'node:os';

import { Thread } from './thread.js';

interface Leased {
  /** Whether it has failed or ended, so that another one has to be made. */
  readonly isOver?: boolean;
  terminate(): Promise<unknown>;
}

/**
 * The threads of this process. They exist while somebody holds a lease (a channel from `start()` to its
 * end), so that nothing is left behind when nothing is going on, and nothing is started twice while it is.
 */
const ending = new Set<() => Leased[]>();
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
  await Promise.all([...ending].flatMap((end) => end()).map((thread) => thread.terminate()));
}

/** Something of which there is one while there are leases, made when it is first asked for, and anew if it has failed. */
export function leasedSingleton<T extends Leased>(make: () => T): () => T {
  let one: T | undefined;
  ending.add(() => {
    const ended = one ? [one] : [];
    one = undefined;
    return ended;
  });
  return () => {
    if (!one || one.isOver) one = make();
    return one;
  };
}

/** The thread for what waits for the file system: one, because more of them would only wait together. */
export const ioThread = leasedSingleton(() => new Thread());

/** The thread for what writes files: a slow disk delays nobody who reads. */
export const writeThread = leasedSingleton(() => new Thread());

const computing: Thread[] = [];
ending.add(() => computing.splice(0));

/** A thread for what computes: the least busy one of as many as there are cores. */
export function computeThread(): Thread {
  removeOver(computing);
  const least = computing.reduce<Thread | undefined>((a, b) => (a && a.load <= b.load ? a : b), undefined);
  if (least && (least.load === 0 || computing.length >= availableParallelism())) return least;
  const thread = new Thread();
  computing.push(thread);
  return thread;
}

function removeOver(threads: Thread[]): void {
  for (let index = threads.length - 1; index >= 0; index--) {
    if (threads[index]!.isOver) threads.splice(index, 1);
  }
}
