import { types } from 'node:util';
import { PipeModeError } from '../../errors.js';
import { expected } from '../../options/expected.js';
import { readWord, RECORDIO_MAGIC } from '../framing.js';
import { RecordDecoder } from '../record-decoder.js';
import { readRecord } from './decode-record.js';
import type { DecodedRecord } from './record.js';

/**
 * Decodes one record of `application/x-recordio-protobuf`: the reverse of `encodeRecordProtobuf`, and for data
 * that others have written.
 *
 * It takes the record with its RecordIO framing or without it, as `readRecords` yields it. Which one it is can
 * be told for certain: RecordIO's magic word cannot begin a `Record`, since a field in it would have a wire
 * type that protobuf does not have.
 *
 * - The result is a copy: nothing in it shares memory with `bytes`.
 * - Fields that are not in the format are skipped, as protobuf has it. What is not protobuf, or has none of
 *   the format's fields though it is not empty, is an error.
 * - Whether `keys` lie within `shape`, and whether there is a `shape`, is not looked at.
 * - Text that is not UTF-8 is an error.
 *
 * @param bytes - One record.
 * @returns The record: its values by their names. See {@link DecodedRecord}.
 * @throws `PipeModeError` `RECORDIO_PROTOBUF_INVALID` if it is not an `aialgs.data.Record`, if there are several,
 *   or if a key or a dimension is beyond 2^53 - 1; `RECORDIO_INVALID` and `RECORDIO_TRUNCATED` if there is a
 *   framing and it is wrong; `INVALID_OPTION` if `bytes` is not a `Uint8Array`.
 *
 * @example
 * ```ts
 * import { readEpochs, readRecords } from 'sagemaker-pipe-mode/reader';
 * import { decodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';
 *
 * for await (const epoch of readEpochs({ dir: './ml/input/data', channel: 'training', epochs: 1 })) {
 *   for await (const payload of readRecords(epoch)) {
 *     const { features, label } = decodeRecordProtobuf(payload);
 *     console.log(features, label);
 *   }
 * }
 * ```
 */
export function decodeRecordProtobuf(bytes: Uint8Array): DecodedRecord {
  if (!types.isUint8Array(bytes)) {
    throw expected('bytes', 'one record in a Uint8Array; for a stream of them, use readRecords first', bytes);
  }
  return readRecord(isFramed(bytes) ? unframe(bytes) : bytes);
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && readWord(bytes, 0) === RECORDIO_MAGIC;
}

function unframe(bytes: Uint8Array): Uint8Array {
  const decoder = new RecordDecoder();
  decoder.push(bytes);
  const payload = decoder.next();
  if (decoder.next() !== undefined) {
    throw new PipeModeError(
      'RECORDIO_PROTOBUF_INVALID',
      `Expected one record, got several in ${bytes.length} bytes. Take them apart with readRecords([bytes]) of ` +
        "'sagemaker-pipe-mode/reader', and decode each.",
    );
  }
  decoder.end();
  // The end was not inside a record, and the magic word is the beginning of one.
  return payload!;
}
