import fc from 'fast-check';

import { compilePattern } from '../../src/sagemaker/pattern.js';
import type { ListShape, MapShape, NumberShape, Shape, StringShape } from '../../src/sagemaker/shape.js';
import { type ShapeName, SHAPES } from '../../src/sagemaker/shapes.js';

/** A document with one thing wrong in it. */
export interface Broken {
  /** Which rule of the model is broken. */
  readonly what: string;
  /** The place that was broken. */
  readonly place: string;
  /** Where the problem is: in that place, or a member or entry of it. */
  readonly path: string;
  /** What the problem has to say. */
  readonly rule: RegExp;
  readonly document: unknown;
}

/** A place in a document: what leads there, and what has to be there. */
export interface Place {
  readonly keys: readonly (string | number)[];
  readonly path: string;
  readonly name: ShapeName;
  readonly isRequired: boolean;
}

export function shapeOf(name: string): Shape {
  return SHAPES[name as ShapeName];
}

/** A value that is right, with every member that there may be. */
export function sampleOf(name: string): unknown {
  const shape = shapeOf(name);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members).map(([key, member]) => [key, sampleOf(member)]),
      );
    case 'list':
      return Array.from({ length: Math.max(shape.min ?? 0, 1) }, () => sampleOf(shape.member));
    case 'map':
      return { k0: sampleOf(shape.value) };
    case 'string':
      return shape.enum?.[0] ?? textOf(shape);
    case 'boolean':
      return true;
    default:
      return shape.min ?? 1;
  }
}

const texts = new Map<StringShape, string>();

/** Text that matches the pattern, as fast-check makes it. */
function textOf(shape: StringShape): string {
  const known = texts.get(shape);
  if (known !== undefined) return known;
  const { pattern = '.*', min = 0, max = Infinity } = shape;
  // It knows neither assertions nor properties of characters: those are left to the pattern itself.
  const plain = pattern
    .replaceAll(/\(\?[<!=]+[^()]*\)/g, '')
    .replaceAll(/\\p\{\w+\}/g, 'a-z')
    .replaceAll(/\[\\[Ss]\\[Ss]\]/g, '.');
  const candidates = fc.sample(fc.stringMatching(new RegExp(`^(?:${plain})$`)), { numRuns: 300, seed: 1 });
  const isRight = (text: string) =>
    compilePattern(pattern).test(text) && text.length >= Math.max(min, 1) && text.length <= max;
  const found = candidates.find(isRight);
  if (found === undefined) throw new Error(`No text was found that matches ${pattern}.`);
  texts.set(shape, found);
  return found;
}

/** Every place of a document that `sampleOf` makes. */
export function placesIn(root: ShapeName): Place[] {
  const found: Place[] = [];
  const walk = (place: Place): void => {
    found.push(place);
    const shape = shapeOf(place.name);
    const step = (key: string | number, name: string, path: string, isRequired = false) =>
      walk({ keys: [...place.keys, key], path, name: name as ShapeName, isRequired });
    if (shape.type === 'structure') {
      for (const [key, member] of Object.entries(shape.members)) {
        const path = place.path === '' ? key : `${place.path}.${key}`;
        step(key, member, path, shape.required?.includes(key) === true);
      }
    }
    if (shape.type === 'list') step(0, shape.member, `${place.path}[0]`);
    if (shape.type === 'map') step('k0', shape.value, `${place.path}["k0"]`);
  };
  walk({ keys: [], path: '', name: root, isRequired: false });
  return found;
}

/** The same document with something else in one place. */
export function withValue(
  document: unknown,
  [key, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (key === undefined) return value;
  const inner = withValue((document as Record<string | number, unknown>)[key], rest, value);
  if (Array.isArray(document)) return document.map((each: unknown, index) => (index === key ? inner : each));
  return { ...(document as object), [key]: inner };
}

function valueAt(document: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce((value, key) => (value as Record<string | number, unknown>)[key], document);
}

/** The document broken in every way that the model names. */
export function brokenDocuments(root: ShapeName): Broken[] {
  const document = sampleOf(root);
  return placesIn(root).flatMap((place) => {
    const { keys, path, name, isRequired } = place;
    const broken = (what: string, rule: RegExp, value: unknown, at = path): Broken => ({
      what,
      place: path,
      path: at,
      rule,
      document: withValue(document, keys, value),
    });
    const value = valueAt(document, keys);
    const shape = shapeOf(name);
    return [
      ...(isRequired ? [undefined, null].map((nothing) => broken('missing', /^required$/, nothing)) : []),
      ...wrongTypes(shape).map((wrong) => broken('type', typeRule(shape), wrong)),
      ...(shape.type === 'structure'
        ? [
            broken(
              'unknown',
              /has no such field/,
              { ...(value as object), Unknown_: 1 },
              path === '' ? 'Unknown_' : `${path}.Unknown_`,
            ),
          ]
        : []),
      ...(shape.type === 'list' ? brokenLengths(shape, value as unknown[], broken) : []),
      ...(shape.type === 'map' ? brokenEntries(shape, value as Record<string, unknown>, path, broken) : []),
      ...(shape.type === 'string' ? brokenText(shape, value as string, broken) : []),
      ...('integer long float'.includes(shape.type) ? brokenBounds(shape as NumberShape, broken) : []),
    ];
  });
}

type Breaker = (what: string, rule: RegExp, value: unknown, at?: string) => Broken;

function wrongTypes({ type }: Shape): unknown[] {
  const others = [5, true, 'text', {}, [], () => 1, Symbol('s'), new Date(0), new Map(), new Uint8Array(2)];
  switch (type) {
    case 'structure':
    case 'map':
      return others.filter((value) => !isPlain(value));
    case 'list':
      return others.filter((value) => !Array.isArray(value));
    case 'string':
      return others.filter((value) => typeof value !== 'string');
    case 'boolean':
      return [...others.filter((value) => typeof value !== 'boolean'), 0, 'true'];
    default:
      return [
        ...others.filter((value) => typeof value !== 'number'),
        ...[NaN, Infinity, '5', 5n],
        ...(type === 'float' ? [] : [1.5]),
      ];
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

function typeRule(shape: Shape): RegExp {
  switch (shape.type) {
    case 'structure':
    case 'map':
      return /^an object$/;
    case 'list':
      return /^a list$/;
    case 'string':
      return shape.enum === undefined ? /^a string$/ : /^one of /;
    case 'boolean':
      return /^true or false$/;
    case 'float':
      return /^a number\b/;
    default:
      return /^an integer\b/;
  }
}

function brokenLengths({ min, max }: ListShape, [first]: readonly unknown[], broken: Breaker): Broken[] {
  const rule = /^a list of .*\d/;
  return [
    ...(min === undefined ? [] : [broken('min', rule, [])]),
    ...(max === undefined ? [] : [broken('max', rule, Array(max + 1).fill(first))]),
  ];
}

function brokenEntries(
  shape: MapShape,
  entries: Record<string, unknown>,
  path: string,
  broken: Breaker,
): Broken[] {
  const { min, max } = shape;
  const rule = /^an object of .*entries/;
  const many = Array.from({ length: (max ?? 0) + 1 }, (_, index) => [`k${index}`, entries['k0']]);
  const keys = brokenText(shapeOf(shape.key) as StringShape, 'k0', (what, keyRule, key) =>
    broken(
      `key ${what}`,
      keyRule,
      { [key as string]: entries['k0'] },
      `${path}[${JSON.stringify((key as string).length > 80 ? `${(key as string).slice(0, 80)}…` : key)}]`,
    ),
  );
  return [
    ...(min === undefined ? [] : [broken('min', rule, {})]),
    ...(max === undefined ? [] : [broken('max', rule, Object.fromEntries(many))]),
    ...keys,
  ];
}

function brokenText(
  { enum: values, pattern, min, max }: StringShape,
  right: string,
  broken: Breaker,
): Broken[] {
  if (values !== undefined) {
    return ['', `${values[0]!}x`, values[0]!.toLowerCase() + '\n'].map((value) =>
      broken('enum', /^one of /, value),
    );
  }
  const mismatched = ['\n', `${right}\n`, `\0${right}`, ' ', '-', 'ä', '💥'].filter(
    (text) =>
      pattern !== undefined &&
      !compilePattern(pattern).test(text) &&
      text.length >= (min ?? 0) &&
      text.length <= (max ?? Infinity),
  );
  const tooLong = (most: number) => right + right.at(-1)!.repeat(most + 1 - right.length);
  return [
    ...(min === undefined ? [] : [broken('min', /^.* characters \(it has \d+\)/, '')]),
    ...(max === undefined ? [] : [broken('max', /^.* characters \(it has \d+\)/, tooLong(max))]),
    ...mismatched.map((text) => broken('pattern', /^to match |without line breaks$/, text)),
  ];
}

function brokenBounds({ min, max, type }: NumberShape, broken: Breaker): Broken[] {
  const rule = /^a(n integer| number) from|^a(n integer| number) up to/;
  const beyond = { integer: 2 ** 31, long: 2 ** 53, float: undefined }[type];
  return [
    ...(min === undefined ? [] : [broken('min', rule, min - 1)]),
    ...(max === undefined ? [] : [broken('max', rule, max + 1)]),
    ...(beyond === undefined ? [] : [broken('max', rule, beyond), broken('min', rule, -beyond - 1)]),
  ];
}
