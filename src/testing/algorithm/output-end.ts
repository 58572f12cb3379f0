import type { LogLine } from '../../runner/runner.js';

/** As much as is kept, in UTF-16 units. */
const MOST = 1024 * 1024;

/** The end of an output, as much of it as can be kept. */
export class OutputEnd {
  /** Some lines each: there may be a million of them, and the first are taken off again and again. */
  readonly #parts: string[] = [];
  #length = 0;

  push(lines: readonly LogLine[]): void {
    const part = lines.map(({ text, continues }) => (continues ? text : `${text}\n`)).join('');
    this.#parts.push(part);
    this.#length += part.length;
    while (this.#length > MOST && this.#parts.length > 1) this.#length -= this.#parts.shift()!.length;
  }

  /** Without the end of the last line. */
  get text(): string {
    return this.#parts.join('').replace(/\n$/, '');
  }
}
