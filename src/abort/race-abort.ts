/** What the work comes to; rejects with the signal's reason as soon as it is aborted, however long the work takes. */
export async function raceAbort<T>(work: T | Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, stop } = rejectOnAbort(signal);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}

function rejectOnAbort(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  let stop = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    stop = () => {
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { promise, stop };
}
