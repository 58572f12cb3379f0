import { createRequire } from 'node:module';
import { join } from 'node:path';
import { types } from 'node:util';

import { FifoSink, PipeModeError } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import {
  type Argument,
  CATALOGUE,
  EXEMPT,
  isEmptyObject,
  type Rule,
  type Signature,
  type Structure,
} from './catalogue.js';
import { HOSTILE, type Sample, SAMPLES } from './wrong-values.js';

/** What may be said of an argument. */
const CODES = [
  'INVALID_OPTION',
  'UNKNOWN_OPTION',
  'INVALID_CHANNEL',
  'INVALID_CHANNEL_NAME',
  'INVALID_EPOCHS',
  'S3_INVALID_URI',
];

test('the catalogue has every entry point of the package', () => {
  const { name, exports } = createRequire(import.meta.url)('sagemaker-pipe-mode/package.json');
  const paths = Object.keys(exports as object).filter((path) => path !== './package.json');
  expect(paths.map((path) => join(name, path)).sort()).toEqual(Object.keys(CATALOGUE).sort());
});

describe.each(Object.entries(CATALOGUE))('%s', (_entry, { exports, functions }) => {
  test('has every export in the catalogue', () => {
    const known = [...Object.keys(functions), ...Object.keys(EXEMPT)];
    expect(Object.keys(exports).filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.keys(functions).filter((name) => !(name in exports))).toEqual([]);
  });

  const cases = Object.entries(functions).flatMap(([name, signatures]) =>
    signatures.flatMap((signature) => signature.args.map((_arg, at) => [name, at, signature] as const)),
  );

  test.each(cases)('%s takes what is right as argument %i', (_name, _at, { call, args }) => {
    expect(() => call(...args.map(({ right }) => right))).not.toThrow();
  });

  test.each(cases)('%s refuses what is wrong as argument %i', (_name, at, signature) => {
    const { rule } = signature.args[at]!;
    expect(
      [...SAMPLES, ...HOSTILE].map(judge(signature, at, rule, (value) => value)).filter(Boolean),
    ).toEqual([]);
  });

  const inside = cases.flatMap(([name, at, signature]) =>
    (signature.args[at]!.structures ?? []).map(
      (structure) =>
        [`${name}, argument ${at}`, ['', ...structure.path].join('.'), at, signature, structure] as const,
    ),
  );

  test.each(inside)('%s%s: refuses what is wrong in a field', (_name, _path, at, signature, structure) => {
    const argument = signature.args[at]!;
    const problems = Object.entries(structure.fields).flatMap(([field, rule]) => {
      const place = (value: unknown) =>
        replaced(argument, structure, (fields) => ({ ...fields, [field]: value }));
      return [...SAMPLES, ...HOSTILE].map(judge(signature, at, rule, place, field));
    });
    expect(problems.filter(Boolean)).toEqual([]);
  });

  test.each(inside)('%s%s: refuses a getter that throws', (_name, _path, at, signature, structure) => {
    const argument = signature.args[at]!;
    const problems = Object.keys(structure.fields).map((field) => {
      const descriptor = { enumerable: true, get: () => thrower() };
      const place = () =>
        replaced(argument, structure, (fields) => Object.defineProperty({ ...fields }, field, descriptor));
      return judge(
        signature,
        at,
        () => false,
        place,
        field,
      )({ name: 'a getter that throws', make: () => undefined });
    });
    expect(problems.filter(Boolean)).toEqual([]);
  });

  const closed = inside.filter(([, , , , { isOpen, fields }]) => !isOpen && Object.keys(fields).length > 0);

  test.each(closed)('%s%s: refuses names that there are not', (_name, _path, at, signature, structure) => {
    const argument = signature.args[at]!;
    for (const name of [
      'unknown',
      'constructor',
      'toString',
      '__proto__',
      ...Object.keys(structure.fields).map(misspelt),
    ]) {
      const given = replaced(argument, structure, (fields) =>
        Object.defineProperty({ ...fields }, name, { value: 1, enumerable: true }),
      );
      const error = failure(signature, at, given);
      expect(error?.code, name).toMatch(/^(UNKNOWN_OPTION|INVALID_CHANNEL)$/);
      expect(error?.message).toContain(name);
      const right = Object.keys(structure.fields).find((field) => misspelt(field) === name);
      if (right !== undefined) expect(error?.message).toContain(`Did you mean \`${right}\`?`);
    }
  });
});

describe('the methods of a FifoSink', () => {
  const sink = new FifoSink({ path: '/nowhere/at/all' });
  const isBytes: Rule = (value) => value instanceof Uint8Array;
  const isParts: Rule = (value) => Array.isArray(value) && [...(value as unknown[])].every(isBytes);
  const isSignal: Rule = (value) => value === undefined || value instanceof AbortSignal;

  const calls: [string, (value: never) => Promise<unknown>, Rule][] = [
    ['write', (bytes) => sink.write(bytes), isBytes],
    ['writeParts', (parts) => sink.writeParts(parts), isParts],
    ['opened', (options) => sink.opened(options), (value) => value === undefined || isEmptyObject(value)],
    ['opened', (signal) => sink.opened({ signal }), isSignal],
    ['unlessReaderLeaves', (promise) => sink.unlessReaderLeaves(promise), types.isPromise],
  ];
  const internal = ['writeInflated', 'writeFilesBelow'];
  const withoutArguments = ['constructor', 'create', 'settle', 'close', 'releaseBlockedReader'];

  test('are all known', () => {
    const members = Object.entries(Object.getOwnPropertyDescriptors(FifoSink.prototype));
    const names = members.filter(([, { value }]) => typeof value === 'function').map(([name]) => name);
    const known = new Set([...calls.map(([name]) => name), ...withoutArguments, ...internal]);
    expect(names.sort()).toEqual([...known].sort());
  });

  test.each(calls)('%s() refuses what is wrong', async (_name, call, rule) => {
    const wrong = [...SAMPLES, ...HOSTILE].filter(({ make }) => !passes(rule, make()));
    const errors = await Promise.all(wrong.map(({ make }) => call(make() as never).catch(String)));
    const isRefusal = /^PipeModeError: (Expected|Unknown option) `/;
    const taken = wrong.filter((_, index) => !isRefusal.test(String(errors[index])));
    expect(taken.map(({ name }) => name)).toEqual([]);
  });
});

/** One letter too many. */
function misspelt(name: string): string {
  return `${name}e`;
}

function thrower(): never {
  throw new TypeError('hostile');
}

/** The argument that is right, with another structure in the place of one of its own. */
function replaced(argument: Argument, { path }: Structure, change: (fields: object) => object): unknown {
  const at = (value: Record<string, unknown>, names: readonly string[]): unknown => {
    const [first, ...rest] = names;
    return first === undefined
      ? change(value)
      : { ...value, [first]: at(value[first] as Record<string, unknown>, rest) };
  };
  return at(argument.right as Record<string, unknown>, path);
}

/** What is wrong with how a value was taken, or `undefined`. */
function judge(signature: Signature, at: number, rule: Rule, place: (value: unknown) => unknown, field = '') {
  return ({ name, make }: Sample): string | undefined => {
    const value = make();
    const error = failure(signature, at, place(value));
    const what = `${field === '' ? '' : `${field}: `}${name}`;
    const isRight = passes(rule, value);
    const isHostile = HOSTILE.some((each) => each.name === name); // and may be refused wherever it is looked at
    if (error === undefined) return isRight ? undefined : `${what} is wrong, and was taken`;
    if (isRight && !isHostile) return `${what} is right, and was refused: ${String(error)}`;
    if (!(error instanceof PipeModeError)) return `${what} ended in ${String((error as Error).stack)}`;
    if (!CODES.includes(error.code)) return `${what} ended in ${error.code}`;
    return hasRuleValueAndType(error)
      ? undefined
      : `${what} is refused without rule, value and type: ${error.message}`;
  };
}

/** What throws when it is looked at is not right. */
function passes(rule: Rule, value: unknown): boolean {
  try {
    return rule(value);
  } catch {
    return false;
  }
}

function failure({ call, args }: Signature, at: number, given: unknown): PipeModeError | undefined {
  try {
    call(...args.map(({ right }, index) => (index === at ? given : right)));
    return undefined;
  } catch (error) {
    return error as PipeModeError;
  }
}

function hasRuleValueAndType({ code, message }: PipeModeError): boolean {
  if (code === 'UNKNOWN_OPTION') return /`.+`.*(options are|option is|has)/s.test(message);
  if (code === 'S3_INVALID_URI' && message.startsWith('"')) return /^".*" .*Expected s3:/s.test(message);
  if (message.startsWith('Expected either')) return true;
  return (
    /[Ee]xpected|has to be|needs|cannot be|is required|can only|the values are|no such field/.test(message) &&
    (/`.*` \(\w+\)/s.test(message) || /is required|found \d+|exactly one/.test(message))
  );
}
