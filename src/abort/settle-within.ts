/** How long to wait for what was read ahead to let go, in milliseconds. */
const PATIENCE_MS = 1000;

/** What never answers, because a source of the user's hangs, is not waited for long. */
export async function settleWithin(ending: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  await Promise.race([Promise.all(ending), patience]);
  clearTimeout(timer);
}
