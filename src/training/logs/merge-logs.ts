/**
 * What several sources give, as it comes: nobody waits for one that has nothing. Each is asked for one more when what it gave
 * was taken.
 */
export async function* mergeLogs<Event>(
  sources: readonly AsyncGenerator<Event, void, undefined>[],
): AsyncGenerator<Event, void, undefined> {
  const ask = async (source: AsyncGenerator<Event, void, undefined>) => ({
    source,
    result: await source.next(),
  });
  const asked = new Map(sources.map((source) => [source, ask(source)]));
  try {
    while (asked.size > 0) {
      const { source, result } = await Promise.race(asked.values());
      if (result.done) {
        asked.delete(source);
        continue;
      }
      yield result.value;
      asked.set(source, ask(source));
    }
  } finally {
    for (const source of sources) void source.return().catch(() => undefined);
  }
}
