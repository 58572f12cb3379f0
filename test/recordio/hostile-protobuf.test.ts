import { decodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';
import { expect, test } from 'vitest';

import { thrown } from '../support/expected-errors.js';

/** A field with a length: its tag, the length and the bytes. */
function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

/** A feature that has these fields of a tensor. */
function tensor(kind: number, fields: Uint8Array): Buffer {
  return field(1, Buffer.concat([field(1, Buffer.from('values')), field(2, field(kind, fields))]));
}

test.each<[string, Buffer]>([
  ['groups in groups, a million deep', Buffer.alloc(1_000_000, 0x33)],
  ['packed numbers of which 2 GiB are claimed', tensor(2, Buffer.from('0affffffff070101', 'hex'))],
  ['packed integers of which 2 GiB are claimed', tensor(7, Buffer.from('0affffffff070101', 'hex'))],
  ['a name of which 2 GiB are claimed', Buffer.from('0a060affffffff07', 'hex')],
  ['a varint without an end', Buffer.alloc(1000, 0xff)],
])('%s is refused', (_what, bytes) => {
  const before = process.memoryUsage().arrayBuffers;
  const error = thrown(() => decodeRecordProtobuf(bytes));
  expect(error.code).toBe('RECORDIO_PROTOBUF_INVALID');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});

test('of a hundred thousand fields that nobody knows a few are named', () => {
  const fields = Buffer.concat(
    Array.from({ length: 100_000 }, (_, index) => varint((index + 10) * 8)).flatMap((tag) => [
      tag,
      Buffer.of(1),
    ]),
  );
  const { code, message } = thrown(() => decodeRecordProtobuf(fields));
  expect(code).toBe('RECORDIO_PROTOBUF_INVALID');
  expect(message).toContain('but field 10, 11, 12, 13, 14, 15, 16, 17, ….');
});

test('a million numbers that are not packed are read in order', () => {
  const fields = Buffer.alloc(5_000_000);
  for (let at = 0; at < fields.length; at += 5) {
    fields[at] = 1 * 8 + 5;
    fields.writeFloatLE(at / 5, at + 1);
  }
  const { values } = decodeRecordProtobuf(tensor(2, fields)).features as { values: { values: Float32Array } };
  expect(values.values.length).toBe(1_000_000);
  expect(values.values.every((value, index) => value === index)).toBe(true);
});
