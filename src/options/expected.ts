import { inspect } from 'node:util';

import { PipeModeError } from '../errors.js';

/** An error for an option that is not what it has to be: rule, value and type in one line. */
export function expected(option: string, rule: string, value: unknown): PipeModeError {
  return new PipeModeError('INVALID_OPTION', `Expected \`${option}\` to be ${rule}, got ${describe(value)}.`);
}

/** A value and its type, short enough for a message. */
export function describe(value: unknown): string {
  const shown = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 80 });
  return `\`${shown}\` (${value === null ? 'null' : typeof value})`;
}
