import { inspect, types } from 'node:util';

import { PipeModeError, type PipeModeErrorCode } from '../errors.js';

/** What to say about a value that it cannot have. */
export interface Refusal {
  /** Default `INVALID_OPTION`. */
  readonly code?: PipeModeErrorCode;
  /** What to do instead: a sentence. */
  readonly advice?: string | undefined;
  /** What was thrown while the value was looked at. */
  readonly cause?: unknown;
}

/** An error for an option that is not what it has to be: rule, value and type in one line. */
export function expected(
  option: string,
  rule: string,
  value: unknown,
  { code = 'INVALID_OPTION', advice, cause }: Refusal = {},
): PipeModeError {
  const problem = `Expected \`${option}\` to be ${rule}, got ${describe(value)}.`;
  return new PipeModeError(code, advice === undefined ? problem : `${problem} ${advice}`, { cause });
}

/**
 * Refuses a value that does not pass the test. One that throws when it is looked at, such as a proxy that was revoked,
 * does not pass.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, or the refusal's code
 */
export function check(
  option: string,
  rule: string,
  value: unknown,
  test: (value: unknown) => boolean,
  refusal: Refusal = {},
): void {
  let passes: boolean;
  try {
    passes = test(value);
  } catch (cause) {
    throw expected(option, rule, value, { ...refusal, cause });
  }
  if (!passes) throw expected(option, rule, value, refusal);
}

/** A value and its type, short enough for a message. */
export function describe(value: unknown): string {
  return `\`${show(value)}\` (${value === null ? 'null' : typeof value})`;
}

function show(value: unknown): string {
  try {
    if (types.isNativeError(value)) return String(value); // without its stack
    return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 8 });
  } catch {
    return 'what throws when it is shown'; // a getter or an inspection of its own
  }
}
