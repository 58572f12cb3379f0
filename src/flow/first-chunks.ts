/** A body may be so much larger than those before it without being a surprise. */
const MARGIN = 2;
/** How much of what was expected is expected after a chunk that was smaller. */
const MEMORY = 7 / 8;
/** How many more bodies are asked at once after one that was no surprise. */
const GROWTH = 3;

/**
 * How large the first chunk of a body will be, which nobody knows before it is there. Judges by those that have come,
 * and lets only few bodies be asked at once until some have come as expected.
 */
export class FirstChunks {
  readonly #most: number;
  #expected: number | undefined;
  #window = 1;
  #asked = 0;

  /** @param most - how many bodies may be asked at once at the most */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many bytes to reserve for one; `undefined` if none has come yet. */
  get bytes(): number | undefined {
    return this.#expected === undefined ? undefined : MARGIN * this.#expected;
  }

  get mayAsk(): boolean {
    return this.#asked < this.#window;
  }

  ask(): void {
    this.#asked++;
  }

  /** A body that was asked has answered: with a chunk of so many bytes, or without any. */
  answer(bytes: number | undefined): void {
    this.#asked--;
    if (bytes === undefined) return;
    const isSurprise = this.bytes === undefined || bytes > this.bytes;
    this.#window = isSurprise ? 1 : Math.min(this.#window + GROWTH, this.#most);
    this.#expected = Math.max(bytes, (this.#expected ?? 0) * MEMORY);
  }
}
