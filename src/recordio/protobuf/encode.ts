import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Names, readArgument, readOptions } from '../../options/read-options.js';
import { frameRecord } from '../framing.js';
import { writeString, writeValue } from './encode-value.js';
import { EntryField, RecordField } from './fields.js';
import { namedValues } from './named-values.js';
import type { RecordInput } from './record.js';

/**
 * Encodes one record of `application/x-recordio-protobuf`, the format that SageMaker's built-in algorithms
 * prefer: the protobuf message `aialgs.data.Record`, framed as RecordIO. Records, one after the other, are a
 * file of training data.
 *
 * - A number, an array and a `Float32Array` become a `Float32Tensor`, rounded to 32 bits where necessary; a
 *   `Float64Array` a `Float64Tensor`; an `Int32Array` an `Int32Tensor`.
 * - `{ values, keys, shape }` is sparse: `values[i]` is at place `keys[i]` of the flattened tensor, and all
 *   else is zero.
 * - One value instead of an object of values is called `values`, the name that the built-in algorithms expect.
 *   An object with `values` that are numbers and with `keys` or `shape` is one value, and so is one with
 *   `bytes` that are a `Uint8Array`.
 * - A channel that streams such files has no `recordio: true`: the framing is in the files.
 *
 * The format is that of `record.proto` on the page "Common data formats for training" of the SageMaker
 * Developer Guide, and in aws/sagemaker-python-sdk, `src/sagemaker/amazon/record.proto`.
 *
 * @param record - What to encode. See {@link RecordInput}.
 * @returns The record with its framing. Without it: `decodeRecordProtobuf` takes either, and `readRecords`
 *   of `sagemaker-pipe-mode/reader` removes it.
 * @throws `PipeModeError` `INVALID_OPTION` for a value that the format cannot express, or a tensor whose
 *   `values`, `keys` and `shape` do not fit together; `UNKNOWN_OPTION` for a property that there is not.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { encodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';
 *
 * const records = [
 *   encodeRecordProtobuf({ features: [5.1, 3.5, 1.4], label: 0 }),
 *   encodeRecordProtobuf({ features: { values: [1, 1], keys: [17, 4093], shape: [5000] }, label: 1 }),
 *   encodeRecordProtobuf({ features: { user: Int32Array.of(42), item: [0.5, 0.25] }, uid: 'r3' }),
 * ];
 * writeFileSync('training.pbr', Buffer.concat(records));
 * ```
 */
export function encodeRecordProtobuf(record: RecordInput): Uint8Array {
  const given = readOptions(record, FIELDS, 'record');
  const writer = new BinaryWriter();
  writeMap(writer, RecordField.features, 'features', given.features);
  writeMap(writer, RecordField.label, 'label', given.label);
  for (const name of ['uid', 'metadata', 'configuration'] as const) {
    const text = given[name];
    if (text !== undefined) writeString(writer, RecordField[name], name, text);
  }
  return frameRecord(writer.finish());
}

const FIELDS: Names<RecordInput> = {
  features: true,
  label: true,
  uid: true,
  metadata: true,
  configuration: true,
};

function writeMap(writer: BinaryWriter, field: number, option: string, input: unknown): void {
  if (input === undefined) return;
  for (const { name, path, value } of readArgument(option, () => namedValues(option, input))) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writeString(writer, EntryField.key, `a name in ${option}`, name);
    writer.tag(EntryField.value, WireType.LengthDelimited).fork();
    readArgument(path, () => {
      writeValue(writer, path, value);
    });
    writer.join().join();
  }
}
