/** The chunks of a body, as `for await` would get them: some have only a synchronous iterator. */
export function iterateBody<T>(body: AsyncIterable<T>): AsyncIterator<T> {
  if (Symbol.asyncIterator in body) return body[Symbol.asyncIterator]();
  return (async function* () {
    yield* body as Iterable<T>;
  })();
}

/** Leaves a body before its end. What that fails with is not reported: something else was, or nobody wants it. */
export async function leaveBody(chunks: AsyncIterator<unknown>): Promise<void> {
  try {
    await chunks.return?.();
  } catch {
    // as said
  }
}
