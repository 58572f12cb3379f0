import { afterMs } from './after-ms.js';

/** What a promise comes to, if it does within some time, in milliseconds. */
export async function valueWithin<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let callOff!: () => void;
  const over = new Promise<undefined>((resolve) => (callOff = afterMs(ms, () => resolve(undefined))));
  try {
    return await Promise.race([promise, over]);
  } finally {
    callOff();
  }
}
