import { didYouMean } from '../options/did-you-mean.js';
import { compilePattern } from './pattern.js';
import type { BooleanShape, NumberShape, StringShape } from './shape.js';

/** What a value breaks: the rule in words, and what else there is to say. */
export interface Violation {
  readonly rule: string;
  readonly advice?: string | undefined;
}

/** @returns what a value breaks of a shape without members, if it does. */
export function checkScalar(
  shape: StringShape | NumberShape | BooleanShape,
  value: unknown,
): Violation | undefined {
  switch (shape.type) {
    case 'string':
      return checkString(shape, value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : { rule: 'true or false' };
    default:
      return checkNumber(shape, value);
  }
}

function checkString(shape: StringShape, value: unknown): Violation | undefined {
  if (shape.enum !== undefined) return checkEnum(shape.enum, value);
  if (typeof value !== 'string') return { rule: 'a string', advice: quotedAdvice(value) };
  const { pattern, min = 0, max = Infinity } = shape;
  const rules: string[] = [];
  const wrongLength = wrongLengthOf(value, min, max);
  if (wrongLength !== undefined) rules.push(`${rangeOf(min, max)} characters (it has ${wrongLength})`);
  if (pattern !== undefined && !compilePattern(pattern).test(value)) rules.push(patternRule(pattern));
  return rules.length === 0 ? undefined : { rule: rules.join(', and ') };
}

/** Numbers among hyperparameters are the commonest slip of all. */
function quotedAdvice(value: unknown): string | undefined {
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return isPlain ? `Write it in quotes: '${value}'.` : undefined;
}

function checkEnum(values: readonly string[], value: unknown): Violation | undefined {
  if (values.includes(value as string)) return undefined;
  const listed = values.length <= MOST_VALUES ? values : values.slice(0, SOME_VALUES);
  const rest = values.length - listed.length;
  const rule = `one of ${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return typeof value === 'string'
    ? { rule, advice: didYouMean(value.slice(0, 64), values).trim() }
    : { rule };
}

/** Instance types are listed in part only: there are some two hundred. */
const MOST_VALUES = 10;
const SOME_VALUES = 5;

/** Java's `.` is anything but the end of a line, and `.*` alone is a strange way to say so. */
function patternRule(pattern: string): string {
  return pattern === '.*' || pattern === '.+' ? 'one line, without line breaks' : `to match ${pattern}`;
}

const BOUNDS = {
  integer: [-(2 ** 31), 2 ** 31 - 1],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  float: [-Number.MAX_VALUE, Number.MAX_VALUE],
} as const;

function checkNumber(shape: NumberShape, value: unknown): Violation | undefined {
  const [lowest, highest] = BOUNDS[shape.type];
  const { min = lowest, max = highest } = shape;
  const isOfType = shape.type === 'float' ? Number.isFinite(value) : Number.isInteger(value);
  if (isOfType && (value as number) >= min && (value as number) <= max) return undefined;
  const kind = shape.type === 'float' ? 'a number' : 'an integer';
  if (typeof value === 'number') return { rule: `${kind}${boundsOf(shape, value, lowest, highest)}` };
  return { rule: `${kind}${boundsOf(shape, 0, lowest, highest)}` };
}

/** The model's bounds; those of the type only if it is them that were broken. */
function boundsOf({ min, max }: NumberShape, value: number, lowest: number, highest: number): string {
  const from = min ?? (value < lowest ? lowest : undefined);
  const to = max ?? (value > highest ? highest : undefined);
  if (from === undefined) return to === undefined ? '' : ` up to ${to}`;
  return to === undefined ? ` from ${from} up` : ` from ${from} to ${to}`;
}

/** How many there may be of something. */
export function rangeOf(min: number, max: number): string {
  if (max === Infinity) return `${min} or more`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

/** How many code points there are, if it is too few or too many. */
function wrongLengthOf(text: string, min: number, max: number): number | undefined {
  // A code point is one unit or two: most text is neither so short nor so long that it has to be counted.
  if (text.length >= min * 2 && text.length <= max) return undefined;
  const length = countCodePoints(text);
  return length < min || length > max ? length : undefined;
}

/** A pair of surrogates is one; half of a pair is one too. */
function countCodePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if (isHigh(text.charCodeAt(index)) && isLow(text.charCodeAt(index + 1))) {
      count--;
      index++;
    }
  }
  return count;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
