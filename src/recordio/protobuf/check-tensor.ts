import { types } from 'node:util';
import { PipeModeError } from '../../errors.js';
import { expected } from '../../options/expected.js';
import type { TypedValues } from './numbers.js';
import type { TensorIndices, TensorInput, TensorValues } from './record.js';

/** A tensor that can be written as it is. */
export interface CheckedTensor {
  readonly values: TypedValues;
  readonly keys: TensorIndices;
  readonly shape: TensorIndices;
}

const NONE: readonly number[] = [];

/** A vector of all these numbers. `name` is what messages call it. */
export function checkDense(name: string, values: TensorValues): CheckedTensor {
  return { values: typedValues(name, values), keys: NONE, shape: NONE };
}

/** Refuses what a reader could not make sense of. `name` is what messages call it. */
export function checkTensor(name: string, input: TensorInput): CheckedTensor {
  const unknown = Object.keys(input).find((key) => key !== 'values' && key !== 'keys' && key !== 'shape');
  if (unknown !== undefined) {
    throw new PipeModeError(
      'UNKNOWN_OPTION',
      `A tensor has \`values\`, \`keys\` and \`shape\`, but \`${name}\` also has \`${unknown}\`. If these are ` +
        'features by their names, make the one that is called values an object too: { values: { values: … } }.',
    );
  }
  const values = typedValues(`${name}.values`, input.values);
  const keys = input.keys === undefined ? NONE : checkIndices(`${name}.keys`, input.keys);
  const shape = input.shape === undefined ? NONE : checkIndices(`${name}.shape`, input.shape);
  if (input.keys !== undefined) checkSparse(name, values, keys, shape);
  else if (shape.length > 0) checkSize(name, values, shape);
  return { values, keys, shape };
}

/** As a typed array: plain numbers as 32-bit floats. */
function typedValues(name: string, values: TensorValues): TypedValues {
  if (types.isFloat32Array(values) || types.isFloat64Array(values) || types.isInt32Array(values)) {
    return values;
  }
  const floats = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (typeof value !== 'number') throw expected(`${name}[${i}]`, 'a number', value);
    floats[i] = value;
    if (Number.isFinite(value) && !Number.isFinite(floats[i])) {
      throw expected(`${name}[${i}]`, 'a number that a 32-bit float can hold, or in a Float64Array', value);
    }
  }
  return floats;
}

function checkSparse(name: string, values: TypedValues, keys: TensorIndices, shape: TensorIndices): void {
  if (keys.length !== values.length) {
    const rule = `as long as \`${name}.values\`, which has ${values.length}, since each key is the place of a value`;
    throw expected(`${name}.keys.length`, rule, keys.length);
  }
  if (shape.length === 0) {
    throw expected(`${name}.shape`, 'the dimensions, since a tensor with keys is sparse', shape);
  }
  const size = sizeOf(shape);
  for (let i = 0; i < keys.length; i++) {
    if (keys[i]! >= size)
      throw expected(`${name}.keys[${i}]`, `below ${size}, the size by \`shape\``, keys[i]);
  }
}

/** A sparse tensor of zeros alone has no keys either on the wire, and looks like a dense one without values. */
function checkSize(name: string, values: TypedValues, shape: TensorIndices): void {
  const size = sizeOf(shape);
  if (values.length === size || values.length === 0) return;
  throw expected(`${name}.values.length`, `${size}, the size by \`shape\`, or to have keys`, values.length);
}

function sizeOf(shape: TensorIndices): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

function checkIndices(name: string, indices: unknown): TensorIndices {
  if (!isIndices(indices)) {
    throw expected(name, 'an array, a Uint32Array, an Int32Array or a Float64Array', indices);
  }
  for (let i = 0; i < indices.length; i++) {
    if (Number.isSafeInteger(indices[i]) && indices[i]! >= 0) continue;
    throw expected(`${name}[${i}]`, 'an integer from 0 to 2^53 - 1', indices[i]);
  }
  return indices;
}

/** The other typed arrays of numbers are too short for places; those of bigints are not numbers. */
function isIndices(indices: unknown): indices is TensorIndices {
  return (
    Array.isArray(indices) ||
    types.isUint32Array(indices) ||
    types.isInt32Array(indices) ||
    types.isFloat64Array(indices)
  );
}
