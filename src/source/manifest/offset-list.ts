const BLOCK = 65_536;

/** A list of places in a file that grows, at 8 bytes each, without ever being copied. */
export class OffsetList {
  readonly #blocks: Float64Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(offset: number): void {
    const place = this.#length % BLOCK;
    if (place === 0) this.#blocks.push(new Float64Array(BLOCK));
    this.#blocks.at(-1)![place] = offset;
    this.#length++;
  }

  at(index: number): number {
    if (index < 0 || index >= this.#length) {
      throw new RangeError(`There is no entry ${index}: there are ${this.#length - 1}`);
    }
    return this.#blocks[Math.floor(index / BLOCK)]![index % BLOCK]!;
  }
}
