import { requireLater } from '../../../require-later.js';
import type { Format } from './format.js';

type LosslessJson = typeof import('lossless-json');

/** A number that JavaScript would write in another way than it was written. It has no members that a path could lead to. */
class WrittenNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

const STRINGIFIERS = [
  { test: (value: unknown) => value instanceof WrittenNumber, stringify: (value: unknown) => String(value) },
];

/** JSON, whose numbers stay as they were written: an ID may have more digits than a number of JavaScript. */
export class JsonFormat implements Format {
  readonly #library = requireLater('lossless-json') as LosslessJson;

  parse(texts: readonly string[]): unknown[] {
    return texts.map((text) => this.#library.parse(text, undefined, numberOf));
  }

  stringify(value: unknown): string {
    return this.#library.stringify(value, undefined, undefined, STRINGIFIERS)!;
  }

  /** API reference, DataProcessing, JoinSource. */
  join(input: unknown, output: unknown): unknown {
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    if (isObject && !(input instanceof WrittenNumber)) return { ...input, SageMakerOutput: output };
    return { SageMakerInput: input, SageMakerOutput: output };
  }
}

function numberOf(text: string): unknown {
  const number = Number(text);
  return String(number) === text ? number : new WrittenNumber(text);
}
