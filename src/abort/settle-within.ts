/** How long to wait for what is to let go, in milliseconds. */
const PATIENCE_MS = 1000;

/**
 * Waits for what is to let go, but not for long: a source of the user's may never answer. Rejects with what fails
 * before.
 */
export async function settleWithin(work: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  try {
    await Promise.race([Promise.all(work), patience]);
  } finally {
    clearTimeout(timer);
  }
}
