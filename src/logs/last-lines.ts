/** How many lines of a host are kept for messages. */
const MOST_LINES = 20;
/** How much of each, in UTF-16 units. */
const LONGEST = 300;

/** The end of a log, as much as a message can take. */
export class LastLines {
  readonly #lines: string[] = [];

  push(lines: readonly { readonly text: string }[]): void {
    for (const { text } of lines.slice(-MOST_LINES))
      this.#lines.push(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
    this.#lines.splice(0, this.#lines.length - MOST_LINES);
  }

  get list(): readonly string[] {
    return [...this.#lines];
  }
}
