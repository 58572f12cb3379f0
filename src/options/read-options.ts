import { PipeModeError } from '../errors.js';
import { didYouMean } from './did-you-mean.js';
import { check, describe } from './expected.js';

/** The names of all options, so that the compiler misses one that is left out. */
export type Names<Options> = Readonly<Record<keyof Options, true>>;

/**
 * The options as they are now, each of them read once. `name` is what messages call them: `options`, or the option
 * that they are the value of.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION` if it is no object, or one that throws; `UNKNOWN_OPTION`
 */
export function readOptions<Options extends object>(
  options: Options,
  known: Names<Options>,
  name = 'options',
): Options {
  checkObject(name, options);
  const given: Record<string, unknown> = {};
  let unknown: string | undefined;
  let reading: string | undefined; // one `try` for all: records are encoded by the million
  try {
    unknown = Object.keys(options).find((each) => !Object.hasOwn(known, each));
    for (reading of Object.keys(known)) {
      const value = (options as Record<string, unknown>)[reading];
      if (value !== undefined) given[reading] = value;
    }
  } catch (cause) {
    throw unreadable(reading === undefined ? name : nameOf(name, reading), cause);
  }
  if (unknown !== undefined) throw unknownOption(unknown, Object.keys(known), name);
  return given as Options;
}

function nameOf(options: string, option: string): string {
  return options === 'options' ? option : `${options}.${option}`;
}

/**
 * Refuses what is no object of properties. A promise, a list, a map, a date, bytes or a URL are objects too, but none of
 * their content is in properties: each would pass for an object without any.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkObject(name: string, value: unknown, rule = 'an object'): void {
  check(name, rule, value, isPropertyObject);
}

/** Of any realm, and of any class that does not call itself something else. */
export function isPropertyObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Object]' || tag === '[object Module]';
}

/**
 * What `read` finds in an argument of the caller's, where getters and proxies may throw whatever they like.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function readArgument<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof PipeModeError ? cause : unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): PipeModeError {
  const problem = `Expected \`${name}\` to be readable, but reading it threw ${describe(cause)}.`;
  return new PipeModeError('INVALID_OPTION', `${problem} Pass a plain value.`, { cause });
}

function unknownOption(name: string, known: readonly string[], options: string): PipeModeError {
  const of = options === 'options' ? '' : ` of \`${options}\``;
  const are = known.length === 1 ? 'The only option is' : 'The options are';
  return new PipeModeError(
    'UNKNOWN_OPTION',
    `Unknown option \`${name}\`${of}.${didYouMean(name, known)} ${are} ${known.join(', ')}.`,
  );
}
