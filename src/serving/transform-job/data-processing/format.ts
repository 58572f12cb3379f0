/** What data is in that can be filtered and joined. */
export interface Format {
  /** What each of some texts says: records, or lines of an answer. @throws whatever one of them is wrong with */
  parse(texts: readonly string[]): unknown[];
  /** One line of it. */
  stringify(value: unknown): string;
  /** A record with its answer. */
  join(input: unknown, output: unknown): unknown;
}
