import { PipeModeError } from '../errors.js';
import { didYouMean } from '../options/did-you-mean.js';
import { describe } from '../options/expected.js';
import { locationText } from '../options/location.js';
import { isPropertyObject } from '../options/read-options.js';

/** Checks the fields of one structure of a channel, and names them in full. */
export class FieldChecks {
  readonly #channel: string;
  readonly #structure: Readonly<Record<string, unknown>>;
  /** What precedes the names of the fields: `DataSource.S3DataSource.` */
  readonly #prefix: string;

  /** @throws {@link PipeModeError} `INVALID_CHANNEL` if it is no structure, or has other fields */
  constructor(structure: unknown, name: string, fields: readonly string[], channel: string) {
    this.#channel = channel;
    this.#prefix = name === '' ? '' : `${name}.`;
    this.#structure = readStructure(structure, name || 'the channel', channel);
    const unknown = Object.keys(this.#structure).find((field) => !fields.includes(field));
    if (unknown === undefined) return;
    throw this.refuse(
      unknown,
      `CreateTrainingJob has no such field.${didYouMean(unknown, fields)} Its fields are ${fields.join(', ')}.`,
    );
  }

  /** A field's value, unchecked. */
  get(field: string): unknown {
    return this.#structure[field];
  }

  /** Whether a field is there. `null` is what some documents have for one that is not. */
  has(field: string): boolean {
    return this.#structure[field] !== undefined && this.#structure[field] !== null;
  }

  required(field: string): void {
    if (this.has(field)) return;
    throw invalidChannel(this.#channel, `${this.#prefix}${field} is required, and is not there.`);
  }

  /** A structure, of whatever fields. */
  structure(field: string): void {
    if (!this.has(field)) return;
    readStructure(this.#structure[field], this.#prefix + field, this.#channel);
  }

  /** A string of so many characters; `undefined` if the field is not there. */
  text(field: string, { max, min = 0 }: { max: number; min?: number }): string | undefined {
    return this.has(field) ? this.#checkText(field, this.#structure[field], { max, min }) : undefined;
  }

  /** A path or a URI of at least one character; a `URL` as its string. It has to be there. */
  location(field: string, max: number): string {
    return this.#checkText(field, locationText(field, this.#structure[field]), { min: 1, max });
  }

  #checkText(field: string, value: unknown, { min, max }: { min: number; max: number }): string {
    if (typeof value === 'string' && value.length <= max && value.length >= min) return value;
    const length = typeof value === 'string' ? ` It has ${value.length}.` : '';
    throw this.refuse(field, `it has to be a string of ${min} to ${max} characters.${length}`);
  }

  /** One of these values; the first one is the default. */
  oneOf<Value extends string>(field: string, values: readonly [Value, ...Value[]]): Value {
    if (!this.has(field)) return values[0];
    const found = values.find((value) => value === this.#structure[field]);
    if (found !== undefined) return found;
    throw this.refuse(field, `the values are ${values.join(', ')}; upper and lower case count.`);
  }

  /** A list of names; `undefined` if the field is not there. */
  names(field: string, limits: { max: number; length: number }): readonly string[] | undefined {
    if (!this.has(field)) return undefined;
    const rule = `it has to be a list of at most ${limits.max} names of 1 to ${limits.length} characters`;
    const names = listOf(this.#structure[field]);
    if (names === undefined) throw this.refuse(field, `${rule}.`);
    if (names.length > limits.max) throw this.refuse(field, `${rule}, and has ${names.length}.`);
    for (const name of names) {
      const isName = typeof name === 'string' && name.length >= 1 && name.length <= limits.length;
      if (!isName) throw this.refuse(field, `${rule}, and has ${describe(name)}.`);
    }
    return names as string[];
  }

  /** A field has a value that it cannot have, at all or beside the others. */
  refuse(field: string, reason: string): PipeModeError {
    const value = describe(this.#structure[field]);
    return invalidChannel(this.#channel, `${this.#prefix}${field} is ${value}: ${reason}`);
  }
}

/** A structure as it is now, each field of it read once, and nothing inherited. */
function readStructure(structure: unknown, name: string, channel: string): Readonly<Record<string, unknown>> {
  try {
    if (isPropertyObject(structure)) return { __proto__: null, ...(structure as object) };
  } catch (error) {
    throw invalidChannel(channel, `${name} cannot be read: ${describe(error)}.`, error);
  }
  throw invalidChannel(channel, `${name} has to be a structure, and is ${describe(structure)}.`);
}

/** A list as it is now; `undefined` if it is none, or cannot be read. */
function listOf(value: unknown): unknown[] | undefined {
  try {
    return Array.isArray(value) ? Array.from(value as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

/** SageMaker would refuse the channel, or it cannot be had here. */
export function invalidChannel(channel: string, problem: string, cause?: unknown): PipeModeError {
  return new PipeModeError('INVALID_CHANNEL', `Channel "${channel}" of InputDataConfig: ${problem}`, {
    channel,
    cause,
  });
}
