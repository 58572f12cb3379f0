const PAGE = 512;

/**
 * Many short strings, such as a million keys, in little more than the bytes of their text. One string each would
 * cost an object each.
 */
export class PackedStrings {
  readonly #pages: { readonly text: string; readonly ends: Uint32Array }[] = [];
  #last: string[] = [];

  get length(): number {
    return this.#pages.length * PAGE + this.#last.length;
  }

  add(text: string): void {
    this.#last.push(text);
    if (this.#last.length < PAGE) return;
    const ends = new Uint32Array(PAGE);
    let end = 0;
    this.#last.forEach((each, index) => (ends[index] = end += each.length));
    this.#pages.push({ text: this.#last.join(''), ends });
    this.#last = [];
  }

  at(position: number): string {
    const page = this.#pages[Math.floor(position / PAGE)];
    const row = position % PAGE;
    if (!page) return this.#last[row]!;
    return page.text.slice(row === 0 ? 0 : page.ends[row - 1]!, page.ends[row]);
  }
}
