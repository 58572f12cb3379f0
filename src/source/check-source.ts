import { check } from '../options/expected.js';
import { readArgument } from '../options/read-options.js';
import type { Source, SourceObject } from './source.js';

const RULE = 'a Source, such as fileSource(path), which has a method `objects()`';
const OPTIONAL_METHODS = ['check', 'close', 'pages', 'index'] as const;

/**
 * Refuses what does not have a source's methods.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkSource(source: unknown, rule = RULE): void {
  check(
    'source',
    rule,
    source,
    (given) => typeof given === 'object' && isFunction((given as Source).objects),
  );
  for (const name of OPTIONAL_METHODS) {
    const method = readArgument(`source.${name}`, () => (source as Source)[name]);
    if (method !== undefined) check(`source.${name}`, 'a method, or left out', method, isFunction);
  }
}

/**
 * Refuses what a transform cannot be applied to.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function checkSourceObject(object: unknown): void {
  check('object', 'an object of a source, with a `key` and a method `open()`', object, (given) => {
    const { key, open } = given as SourceObject;
    return typeof key === 'string' && isFunction(open);
  });
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
