import { hasMethod } from '../options/checks.js';
import { check } from '../options/expected.js';
import { readArgument } from '../options/read-options.js';

const RULE = 'a Source, such as fileSource(path), which has a method `objects()`';
const OPTIONAL_METHODS = ['check', 'close', 'pages', 'index'] as const;

/**
 * Refuses what does not have a source's methods.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkSource(source: unknown, rule = RULE): void {
  check('source', rule, source, (given) => typeof given === 'object' && hasMethod(given, 'objects'));
  for (const name of OPTIONAL_METHODS) {
    const method: unknown = readArgument(`source.${name}`, () => (source as Record<string, unknown>)[name]);
    if (method !== undefined) check(`source.${name}`, 'a method, or left out', method, isFunction);
  }
}

/**
 * Refuses what a transform cannot be applied to.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkSourceObject(object: unknown): void {
  const rule = 'an object of a source, with a `key` and a method `open()`';
  check('object', rule, object, (given) => {
    return typeof (given as { key: unknown }).key === 'string' && hasMethod(given, 'open');
  });
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
