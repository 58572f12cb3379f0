/** Node's timers fire at once beyond this: 25 days. A job may run for 28. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls back after any time, in milliseconds; the result calls that off. */
export function afterMs(ms: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    const step = Math.min(left, LONGEST_TIMER_MS);
    timer = setTimeout(() => (left > step ? wait(left - step) : callback()), step);
  };
  wait(ms);
  return () => clearTimeout(timer);
}
