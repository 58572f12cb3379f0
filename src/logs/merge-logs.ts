/**
 * What several sources give, as it comes: nobody waits for one that has nothing. Each is asked for one more when what it gave
 * was taken, and then goes to the end of the queue.
 */
export async function* mergeLogs<Event>(
  sources: readonly AsyncGenerator<Event, void, undefined>[],
): AsyncGenerator<Event, void, undefined> {
  const ready: Answer<Event>[] = [];
  let wake = (): void => undefined;
  const ask = (source: AsyncGenerator<Event, void, undefined>) => {
    const result = source.next();
    const onSettled = () => {
      ready.push({ source, result });
      wake();
    };
    result.then(onSettled, onSettled);
  };
  try {
    for (const source of sources) ask(source);
    for (let open = sources.length; open > 0;) {
      const answer = ready.shift();
      if (answer === undefined) {
        await new Promise<void>((resolve) => (wake = resolve)); // of a race, a source that is silent keeps every round
        continue;
      }
      const { done, value } = await answer.result;
      if (done) {
        open--;
        continue;
      }
      yield value;
      ask(answer.source);
    }
  } finally {
    for (const source of sources) void source.return().catch(() => undefined);
  }
}

/** Of a source, when it has answered. */
interface Answer<Event> {
  readonly source: AsyncGenerator<Event, void, undefined>;
  readonly result: Promise<IteratorResult<Event, void>>;
}
