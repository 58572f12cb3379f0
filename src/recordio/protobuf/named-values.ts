import { types } from 'node:util';
import { expected } from '../../options/expected.js';
import { isPropertyObject } from '../../options/read-options.js';
import type { BytesInput, TensorInput, TensorValues } from './record.js';

/** The name that the built-in algorithms look for. */
const DEFAULT_NAME = 'values';

/** A value with the name that it has in the record, and the one that messages call it by. */
export interface NamedValue {
  readonly name: string;
  readonly path: string;
  readonly value: unknown;
}

/** What `features` or `label` stands for: the values by their names. */
export function namedValues(option: string, input: unknown): NamedValue[] {
  if (isValue(input)) return [{ name: DEFAULT_NAME, path: option, value: input }];
  if (isPropertyObject(input)) {
    const entries: [string, unknown][] = Object.entries(input as object);
    return entries.map(([name, value]) => ({ name, path: `${option}.${name}`, value }));
  }
  throw expected(option, `${valueRule(input)}, or an object of these by their names`, input);
}

/** What a value has to be. Which numbers other typed arrays should become is not for us to guess. */
export function valueRule(input: unknown): string {
  if (types.isUint8Array(input)) return '{ bytes: … }, or Float32Array.from(…) if the bytes are numbers';
  if (ArrayBuffer.isView(input)) return 'a Float32Array, a Float64Array or an Int32Array';
  return 'a number, numbers, { values, keys, shape } or { bytes, contentType }';
}

/** Whether this is one value, and not several by their names. */
function isValue(input: unknown): boolean {
  return typeof input === 'number' || isNumbers(input) || isTensorInput(input) || isBytesInput(input);
}

/** Whether this is a list of what may be numbers, which says that it is meant to be a tensor. */
export function isNumbers(input: unknown): input is TensorValues {
  return (
    Array.isArray(input) ||
    types.isFloat32Array(input) ||
    types.isFloat64Array(input) ||
    types.isInt32Array(input)
  );
}

/** `{ values: [1, 2] }` is both a tensor and a vector that is called `values`; they are the same. */
export function isTensorInput(input: unknown): input is TensorInput {
  if (typeof input !== 'object' || input === null || !isNumbers((input as TensorInput).values)) return false;
  return 'keys' in input || 'shape' in input || Object.keys(input).length === 1;
}

/** Bytes alone are no value, so `{ bytes }` cannot mean a feature of that name. */
export function isBytesInput(input: unknown): input is BytesInput {
  if (typeof input !== 'object' || input === null) return false;
  const { bytes } = input as BytesInput;
  if (types.isUint8Array(bytes)) return true;
  // A copy, since `every` passes over holes.
  return Array.isArray(bytes) && Array.from(bytes as unknown[]).every((one) => types.isUint8Array(one));
}
