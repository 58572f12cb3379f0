import fc from 'fast-check';
import { PipeModeError } from 'sagemaker-pipe-mode';
import { type DecodedRecord, decodeRecordProtobuf, encodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';
import type { RecordInput, ValueInput } from 'sagemaker-pipe-mode/recordio';
import { expect, test } from 'vitest';

import { HEADER_BYTES } from '../../src/recordio/framing.js';
import { fuzz, FUZZ_TIMEOUT_MS, mutate, mutations } from './fuzz.js';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });

const value: fc.Arbitrary<ValueInput> = fc.oneof(
  fc.float(),
  fc.float32Array({ maxLength: 9 }),
  fc.float64Array({ maxLength: 5 }),
  fc.int32Array({ maxLength: 9 }),
  fc.record({ bytes: fc.uint8Array({ maxLength: 12 }), contentType: fc.option(text, { nil: undefined }) }),
  fc.uniqueArray(fc.nat(2 ** 40), { maxLength: 5 }).map((keys) => ({
    values: keys.map((key) => key % 1000),
    keys,
    shape: [2 ** 20, 2 ** 21],
  })),
);

const record: fc.Arbitrary<RecordInput> = fc.record(
  {
    features: fc.dictionary(text, value, { maxKeys: 4 }),
    label: fc.dictionary(text, value, { maxKeys: 2 }),
    uid: text,
    metadata: text,
    configuration: text,
  },
  { requiredKeys: [] },
);

test('a record survives the round trip', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  await fuzz(
    fc.property(record, (input) => {
      const bytes = encodeRecordProtobuf(input);
      expect(encodeRecordProtobuf(decodeRecordProtobuf(bytes))).toEqual(bytes);
      expect(decodeRecordProtobuf(bytes).uid).toBe(input.uid);
    }),
  );
});

test('a record that is mutated or cut off is a record or refused', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  await fuzz(
    fc.property(record, mutations, (input, changes) => {
      const message = encodeRecordProtobuf(input).subarray(HEADER_BYTES);
      checkDecoding(mutate(message, changes));
    }),
  );
});

test('a record in a mutated framing is a record or refused', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  await fuzz(
    fc.property(record, mutations, (input, changes) => {
      checkDecoding(mutate(encodeRecordProtobuf(input), changes));
    }),
  );
});

test('random bytes are a record or refused', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  // Mostly tags of fields that there are, so that the bytes get somewhere.
  const tag = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(5)).map(([field, type]) => (field << 3) | type);
  const byte = fc.oneof(tag, fc.nat(12), fc.nat(255));
  await fuzz(fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => checkDecoding(Buffer.from(bytes))));
});

/** Whatever was decoded can be encoded, if its tensors fit together, and is the same again. */
function checkDecoding(bytes: Buffer): void {
  const decoded = decodeOrRefuse(bytes);
  const encoded = decoded && encodeOrRefuse(decoded);
  if (encoded) expect(encodeRecordProtobuf(decodeRecordProtobuf(encoded))).toEqual(encoded);
}

function decodeOrRefuse(bytes: Buffer): DecodedRecord | undefined {
  try {
    return decodeRecordProtobuf(bytes);
  } catch (error) {
    if (!(error instanceof PipeModeError)) throw error;
    expect(error.code).toMatch(/^RECORDIO_(PROTOBUF_INVALID|INVALID|TRUNCATED)$/);
    if (!isFramed(bytes)) expect(error.code).toBe('RECORDIO_PROTOBUF_INVALID');
    expect(error.message.length).toBeLessThan(1000);
    return undefined;
  }
}

function encodeOrRefuse(decoded: DecodedRecord): Uint8Array | undefined {
  try {
    return encodeRecordProtobuf(decoded);
  } catch (error) {
    if (!(error instanceof PipeModeError)) throw error;
    expect(error.code).toBe('INVALID_OPTION');
    return undefined;
  }
}

function isFramed(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === 0xced7230a;
}
