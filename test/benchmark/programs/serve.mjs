// What programs that run the library have in common: they do what they are asked for by messages. See `LibraryProcess`, the
// other end.

/** @typedef {Readonly<Record<string, (input: never) => unknown>>} Operations */

/**
 * Answers until it was asked to `stop`.
 *
 * @param {Operations} operations - `stop` among them
 */
export function serve(operations) {
  process.on('message', (message) => void answer(operations, /** @type {never} */ (message)));
  process.on('disconnect', () => process.exit());
}

/**
 * Says that the library has failed.
 *
 * @param {unknown} error
 */
export function fail(error) {
  process.send?.({ error: String(error instanceof Error ? error.stack : error) });
}

/**
 * @param {Operations} operations
 * @param {{ operation: string; input: never }} message
 */
async function answer(operations, { operation, input }) {
  try {
    process.send?.({ answer: await operations[operation]?.(input) });
    if (operation === 'stop') process.disconnect();
  } catch (error) {
    fail(error);
  }
}
