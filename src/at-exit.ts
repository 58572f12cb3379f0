/** Listens for the exit of the process while there is something to do: after everybody else, or `first`. */
export function listenAtExit(listener: () => void, isWanted: boolean, { first = false } = {}): void {
  process.off('exit', listener);
  if (!isWanted) return;
  if (first) process.prependListener('exit', listener);
  else process.on('exit', listener);
}

/** Does one of several things at the exit. One that fails does not keep the others. */
export function attemptAtExit(action: () => void): void {
  try {
    action();
  } catch {
    // The process exits: nothing can be reported any more.
  }
}

/** Looks until it is so, or for so many milliseconds. Nothing else happens meanwhile: at an exit, nothing else can. */
export function waitAtExit(isSo: () => boolean, patienceMs: number): void {
  const deadline = performance.now() + patienceMs;
  while (!isSo() && performance.now() < deadline)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
