// Runs in a thread of ours: everything here is synchronous.
import { closeSync, openSync } from 'node:fs';

/**
 * Opens a file of the main thread's again, and closes it in the second step. A descriptor of its own, because Node notes
 * per thread what is open: the main thread's has to be closed there.
 */
export function* giveBack({ fd }: { readonly fd: number }): Generator<undefined, undefined> {
  const own = openSync(`/dev/fd/${fd}`, 'r');
  try {
    yield undefined;
  } finally {
    closeSync(own);
  }
}
