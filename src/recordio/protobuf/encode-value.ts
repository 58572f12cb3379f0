import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { types } from 'node:util';
import { PipeModeError } from '../../errors.js';
import { expected } from '../../options/expected.js';
import { checkDense, type CheckedTensor, checkTensor } from './check-tensor.js';
import { BytesField, TensorField, ValueField } from './fields.js';
import { isBytesInput, isNumbers, isTensorInput, valueRule } from './named-values.js';
import { floatsToBytes, type TypedValues } from './numbers.js';
import type { BytesInput, TensorIndices } from './record.js';

/** Writes the fields of a `Value`. `name` is what messages call it. */
export function writeValue(writer: BinaryWriter, name: string, input: unknown): void {
  if (typeof input === 'number') writeTensor(writer, checkDense(name, [input]));
  else if (isNumbers(input)) writeTensor(writer, checkDense(name, input));
  else if (isTensorInput(input)) writeTensor(writer, checkTensor(name, input));
  else if (isBytesInput(input)) writeBytes(writer, name, input);
  else throw expected(name, valueRule(input), input);
}

/** A string, checked: what UTF-8 cannot express would silently become something else. */
export function writeString(writer: BinaryWriter, field: number, name: string, text: unknown): void {
  if (typeof text !== 'string') throw expected(name, 'a string', text);
  if (/\p{Surrogate}/u.test(text)) throw expected(name, 'text without lone surrogates', text);
  writer.tag(field, WireType.LengthDelimited).string(text);
}

function writeTensor(writer: BinaryWriter, { values, keys, shape }: CheckedTensor): void {
  writer.tag(fieldOf(values), WireType.LengthDelimited).fork();
  if (values.length > 0) writeNumbers(writer, values);
  writeIndices(writer, TensorField.keys, keys);
  writeIndices(writer, TensorField.shape, shape);
  writer.join();
}

function fieldOf(values: TypedValues): number {
  if (types.isFloat32Array(values)) return ValueField.float32Tensor;
  return types.isFloat64Array(values) ? ValueField.float64Tensor : ValueField.int32Tensor;
}

function writeNumbers(writer: BinaryWriter, values: TypedValues): void {
  writer.tag(TensorField.values, WireType.LengthDelimited);
  if (!types.isInt32Array(values)) {
    writer.bytes(floatsToBytes(values));
    return;
  }
  writer.fork();
  for (const value of values) writer.int32(value);
  writer.join();
}

function writeIndices(writer: BinaryWriter, field: number, indices: TensorIndices): void {
  if (indices.length === 0) return;
  writer.tag(field, WireType.LengthDelimited).fork();
  // A varint does not show its type, and the short one is three times as fast.
  for (const index of indices) {
    if (index <= 0xffff_ffff) writer.uint32(index);
    else writer.uint64(index);
  }
  writer.join();
}

function writeBytes(writer: BinaryWriter, name: string, input: BytesInput): void {
  const unknown = Object.keys(input).find((key) => key !== 'bytes' && key !== 'contentType');
  if (unknown !== undefined) {
    throw new PipeModeError(
      'UNKNOWN_OPTION',
      `Bytes have \`bytes\` and \`contentType\`, but \`${name}\` also has \`${unknown}\`. If these are values by ` +
        'their names, make the one that is called bytes an object too: { bytes: { bytes: … } }.',
    );
  }
  const { bytes, contentType } = input;
  writer.tag(ValueField.bytes, WireType.LengthDelimited).fork();
  for (const one of types.isUint8Array(bytes) ? [bytes] : bytes) {
    writer.tag(BytesField.value, WireType.LengthDelimited).bytes(one);
  }
  if (contentType !== undefined) {
    writeString(writer, BytesField.contentType, `${name}.contentType`, contentType);
  }
  writer.join();
}
