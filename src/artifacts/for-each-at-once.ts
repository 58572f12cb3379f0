/**
 * Does something with every item, several at a time. The first failure aborts the signal that the others and the list
 * were given, and is thrown when nothing is under way any more.
 *
 * @throws what the list or the work throws; the signal's reason
 */
export async function forEachAtOnce<T>(
  atOnce: number,
  signal: AbortSignal,
  list: (signal: AbortSignal) => AsyncIterable<T> | Iterable<T>,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const items = takenInTurns(list(either));
  const working: Promise<void>[] = [];
  const workSome = async () => {
    for await (const item of items) {
      either.throwIfAborted();
      if (working.length < atOnce) begin(); // there may be another one
      await work(item, either);
    }
  };
  const begin = () => {
    working.push(workSome().catch((error: unknown) => stop.abort(error)));
  };
  begin();
  for (const each of working) await each; // they become more meanwhile
  either.throwIfAborted();
}

/** A generator answers those who ask at once one after the other. */
async function* takenInTurns<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void> {
  yield* items;
}
