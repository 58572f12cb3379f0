/** Something is wrong with what stands on the command line, or in a document that it names. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
