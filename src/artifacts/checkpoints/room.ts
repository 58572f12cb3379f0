/** A bound on what is held in memory: whoever finds no room waits for it. */
export class Room {
  readonly #bytes: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Does the work as soon as there is room for so many bytes, or for nothing but them. */
  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    while (this.#held > 0 && this.#held + bytes > this.#bytes)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#held += bytes;
    try {
      return await work();
    } finally {
      this.#held -= bytes;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}
