/** A list of places in a file that grows, at 8 bytes each. */
export class OffsetList {
  #offsets = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(offset: number): void {
    if (this.#length === this.#offsets.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    this.#offsets[this.#length++] = offset;
  }

  at(index: number): number {
    if (index >= 0 && index < this.#length) return this.#offsets[index]!;
    throw new RangeError(`There is no entry ${index}: there are ${this.#length - 1}`);
  }
}
