import { onAbort } from './on-abort.js';

/** What the work comes to; rejects with the signal's reason as soon as it is aborted, however long the work takes. */
export async function raceAbort<T>(work: T | Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    Promise.resolve(work).catch(() => undefined); // nobody waits for it any more
    throw signal.reason;
  }
  let unwatch!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    unwatch = onAbort(signal, () => reject(signal.reason as Error));
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    unwatch();
  }
}
