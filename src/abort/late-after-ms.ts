import { afterMs } from './after-ms.js';

/**
 * Calls back after some time, in milliseconds, and when all is handled that has come until then; the result calls that off. A
 * process that was held up itself would take for late what has been waiting for it.
 */
export function lateAfterMs(ms: number, callback: () => void): () => void {
  let last: NodeJS.Immediate | undefined;
  const callOff = afterMs(ms, () => (last = setImmediate(callback)));
  return () => {
    callOff();
    clearImmediate(last);
  };
}
