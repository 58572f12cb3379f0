import { types } from 'node:util';

import { check } from './expected.js';

const NAME = /^[A-Za-z0-9.\-_]{1,64}$/;

/** @throws {@link PipeModeError} `INVALID_CHANNEL_NAME` */
export function checkChannelName(option: string, name: unknown): void {
  const rule = '1 to 64 of the characters A-Z, a-z, 0-9, ".", "-" and "_", as SageMaker wants it';
  check(option, rule, name, (value) => typeof value === 'string' && NAME.test(value), {
    code: 'INVALID_CHANNEL_NAME',
    advice: 'Rename the channel.',
  });
}

/** @throws {@link PipeModeError} `INVALID_EPOCHS` */
export function checkEpochs(epochs: unknown): void {
  const isRight = (value: unknown) => value === Infinity || isInteger(value, 1);
  check('epochs', 'an integer from 1 up', epochs, isRight, {
    code: 'INVALID_EPOCHS',
    advice: 'Leave it out for endless epochs.',
  });
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkInteger(option: string, rule: string, value: unknown, from: number, to?: number): void {
  check(option, rule, value, (given) => isInteger(given, from, to));
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkBoolean(option: string, value: unknown): void {
  check(option, 'true or false', value, (given) => typeof given === 'boolean');
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkOneOf(option: string, values: readonly string[], value: unknown): void {
  const listed = values.map((each) => `'${each}'`).join(', ');
  check(option, `one of ${listed}`, value, (given) => values.includes(given as string));
}

/** Milliseconds. @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkTimeout(option: string, ms: unknown): void {
  check(
    option,
    'a number of milliseconds from 1 up, or Infinity',
    ms,
    (given) => typeof given === 'number' && given >= 1,
  );
}

/** Permission bits. @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkMode(mode: unknown): void {
  checkInteger('mode', 'permission bits from 0o000 to 0o777', mode, 0, 0o777);
}

/**
 * Not by `instanceof`, which fails for a signal of another realm, such as Jest's. What is used of it is its state, its
 * reason and its event.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkSignal(signal: unknown): void {
  check('signal', 'an AbortSignal', signal, (given) => {
    const isListenable = hasMethod(given, 'addEventListener') && hasMethod(given, 'removeEventListener');
    return isListenable && typeof (given as AbortSignal).aborted === 'boolean';
  });
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
export function checkBytes(option: string, rule: string, value: unknown): void {
  check(option, rule, value, isBytes);
}

/** Not by `instanceof`, which fails for bytes of another realm: Node's own, in Jest with jsdom. */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

export function isInteger(
  value: unknown,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER,
): value is number {
  return Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to;
}

/** Of `null` and `undefined`, as of a proxy, it may throw: `check` takes that for a no. */
export function hasMethod(value: unknown, name: string): boolean {
  return typeof (value as Record<string, unknown>)[name] === 'function';
}
