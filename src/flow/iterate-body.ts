/** The chunks of a body, as `for await` would get them: some have only a synchronous iterator. */
export function iterateBody(body: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  if (Symbol.asyncIterator in body) return body[Symbol.asyncIterator]();
  return (async function* () {
    yield* body as Iterable<Uint8Array>;
  })();
}

/** Leaves a body before its end. What that fails with is not reported: something else was, or nobody wants it. */
export async function leaveBody(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await chunks.return?.();
  } catch {
    // as said
  }
}
