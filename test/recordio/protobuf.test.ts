import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { createChannel } from 'sagemaker-pipe-mode';
import { encodeRecord, readEpochs, readRecords } from 'sagemaker-pipe-mode/reader';
import {
  decodeRecordProtobuf,
  type DecodedRecord,
  type DecodedTensor,
  type DecodedValue,
  encodeRecordProtobuf,
  type RecordInput,
} from 'sagemaker-pipe-mode/recordio';
import { describe, expect, test } from 'vitest';
import { recordOf } from '../support/bytes.js';
import { newDirectory, removeDirectory } from '../support/fifo.js';
import {
  decodeWithReference,
  type DescribedRecord,
  type DescribedValue,
  encodeWithReference,
  hasReference,
} from './protobuf-reference.js';

/** The message without its framing; all in these tests are shorter than 2^29 bytes. */
function messageOf(record: RecordInput): Buffer {
  const framed = Buffer.from(encodeRecordProtobuf(record));
  return framed.subarray(8, 8 + framed.readUInt32LE(4));
}

/** Bytes in hexadecimal digits, with blanks. */
function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');
}

/** Objects of the decoder have no prototype; those that are expected have one. */
function plain({ features, label, ...texts }: DecodedRecord): object {
  return { features: { ...features }, label: { ...label }, ...texts };
}

function code(code: string, message: RegExp): object {
  return expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as object;
}

/** Dimensions with their product. */
const shapes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 3 });
const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dimension) => size * dimension, 1);

function numbersOf(length: { minLength: number; maxLength: number }): fc.Arbitrary<DecodedTensor['values']> {
  return fc.oneof(fc.float32Array(length), fc.float64Array(length), fc.int32Array(length));
}

const dense = numbersOf({ minLength: 0, maxLength: 100 }).map((values) => ({ values }));
const shaped = shapes.chain((shape) => {
  const length = sizeOf(shape) % 1000;
  return numbersOf({ minLength: length, maxLength: length }).map((values) => ({ values, shape: [length] }));
});
const sparse = fc
  .tuple(shapes, fc.constantFrom(1, 2 ** 20, 2 ** 32, 2 ** 36))
  .map(([shape, scale]) => [scale, ...shape.slice(0, 2)])
  .chain((shape) =>
    fc
      .uniqueArray(
        fc.maxSafeNat().map((n) => n % sizeOf(shape)),
        { minLength: 1, maxLength: 50 },
      )
      .chain((keys) =>
        numbersOf({ minLength: keys.length, maxLength: keys.length }).map((values) => ({
          values,
          keys,
          shape,
        })),
      ),
  );
const text = fc.string({ unit: 'binary' }).filter((string) => !/\p{Surrogate}/u.test(string));
const bytes = fc.record(
  { bytes: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }), contentType: text },
  { requiredKeys: ['bytes'] },
);
const values: fc.Arbitrary<Record<string, DecodedValue>> = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom('values', '__proto__', 'keys', ''), text),
      fc.oneof(dense, shaped, sparse, bytes),
    ),
    {
      maxLength: 4,
    },
  )
  .map((entries) => Object.fromEntries(entries));
const records = fc.record(
  { features: values, label: values, uid: text, metadata: text, configuration: text },
  { requiredKeys: ['features', 'label'] },
) as fc.Arbitrary<DecodedRecord>;

describe('the bytes, worked out by hand', () => {
  test('a dense vector and a label', () => {
    expect(messageOf({ features: [1, -2], label: 5 }).toString('hex')).toBe(
      hex(
        '0a 16' + // Record.features, 22 bytes
          '0a 06 76616c756573' + // key: "values"
          '12 0c' + // value, 12 bytes
          '12 0a' + // Value.float32_tensor, 10 bytes
          '0a 08 0000803f 000000c0' + // values, packed: 1, -2
          '12 12' + // Record.label, 18 bytes
          '0a 06 76616c756573' +
          '12 08 12 06 0a 04 0000a040', // 5
      ).toString('hex'),
    );
  });

  test('a sparse vector of doubles, a vector of integers, bytes, and text', () => {
    const message = messageOf({
      features: {
        d: { values: Float64Array.of(1), keys: [300], shape: [2 ** 35] },
        i: Int32Array.of(1, -1),
        b: { bytes: Buffer.from('x'), contentType: 'a/b' },
      },
      uid: 'u',
      metadata: '',
      configuration: '{}',
    });
    const expectedBytes = hex(
      '0a 1d 0a 01 64 12 18' +
        '1a 16 0a 08 000000000000f03f 12 02 ac02 1a 06 808080808001' +
        '0a 14 0a 01 69 12 0f' +
        '3a 0d 0a 0b 01 ffffffffffffffffff01' +
        '0a 0f 0a 01 62 12 0a' +
        '4a 08 0a 01 78 12 03 612f62' +
        '1a 01 75 22 00 2a 02 7b7d',
    );
    expect(message.toString('hex')).toBe(expectedBytes.toString('hex'));
  });

  test('the framing is RecordIO', () => {
    const record = { features: [1, 2, 3], label: 1 };
    expect(Buffer.from(encodeRecordProtobuf(record))).toEqual(recordOf(messageOf(record)));
  });
});

describe('round trips', () => {
  test('what is encoded is decoded, with the framing and without', () => {
    fc.assert(
      fc.property(records, (record) => {
        const framed = encodeRecordProtobuf(record);
        expect(plain(decodeRecordProtobuf(framed))).toEqual(plain(record));
        expect(plain(decodeRecordProtobuf(messageOf(record)))).toEqual(plain(record));
        // A view somewhere in memory, as readRecords yields it.
        const within = Buffer.concat([Buffer.alloc(3), framed]).subarray(3);
        expect(encodeRecordProtobuf(decodeRecordProtobuf(within))).toEqual(framed);
      }),
    );
  });

  test.each([
    [Float32Array.of(NaN, -0, 0, Infinity, -Infinity, 3.4028234663852886e38, 1.401298464324817e-45)],
    [Float64Array.of(NaN, -0, 0, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE)],
    [Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31), 127, 128)],
    [new Float32Array(0)],
    [new Int32Array(0)],
  ])('%o', (values) => {
    const { features } = decodeRecordProtobuf(encodeRecordProtobuf({ features: values }));
    expect({ ...features }).toStrictEqual({ values: { values } });
  });

  test('plain numbers become 32-bit floats', () => {
    const { features, label } = decodeRecordProtobuf(
      encodeRecordProtobuf({ features: [0.1, NaN, -0], label: 7 }),
    );
    expect({ ...features }).toStrictEqual({ values: { values: Float32Array.of(0.1, NaN, -0) } });
    expect({ ...label }).toStrictEqual({ values: { values: Float32Array.of(7) } });
  });

  test('features of the names that a tensor has', () => {
    const features = { values: { values: [1, 2] }, keys: [3], shape: [4, 5, 6] };
    expect(plain(decodeRecordProtobuf(encodeRecordProtobuf({ features })))).toEqual({
      features: {
        values: { values: Float32Array.of(1, 2) },
        keys: { values: Float32Array.of(3) },
        shape: { values: Float32Array.of(4, 5, 6) },
      },
      label: {},
    });
  });

  test('a sparse vector of zeros alone', () => {
    const record = encodeRecordProtobuf({ features: { values: [], keys: [], shape: [9] } });
    const decoded = decodeRecordProtobuf(record);
    expect({ ...decoded.features }).toEqual({ values: { values: new Float32Array(0), shape: [9] } });
    expect(encodeRecordProtobuf(decoded)).toEqual(record);
  });

  test('a large record', () => {
    const values = Float32Array.from({ length: 5_000_000 }, (_, i) => i / 7);
    const keys = Uint32Array.from({ length: 100_000 }, (_, i) => i * 40_000);
    const { features } = decodeRecordProtobuf(
      encodeRecordProtobuf({
        features: { a: values, b: { values: values.subarray(0, 100_000), keys, shape: [2 ** 32] } },
      }),
    );
    expect(Buffer.compare(bytesOf(features['a']), bytesOf({ values }))).toBe(0);
    expect((features['b'] as DecodedTensor).keys).toEqual([...keys]);
  });

  test('the empty record', () => {
    expect(plain(decodeRecordProtobuf(encodeRecordProtobuf({})))).toEqual({ features: {}, label: {} });
    expect(plain(decodeRecordProtobuf(new Uint8Array(0)))).toEqual({ features: {}, label: {} });
  });

  test('the result shares no memory with the input', () => {
    const message = messageOf({ features: { a: [1, 2], b: { bytes: Uint8Array.of(1, 2, 3) } } });
    const decoded = decodeRecordProtobuf(message);
    const before = plain(structuredClone(decoded));
    message.fill(0);
    expect(plain(decoded)).toEqual(before);
  });

  test('a file of records through a channel', async () => {
    const dir = newDirectory();
    const inputs = Array.from({ length: 500 }, (_, i) => ({
      features: [i, i / 2],
      label: i % 3,
      uid: `${i}`,
    }));
    const file = join(dir, 'train.pbr');
    writeFileSync(file, Buffer.concat(inputs.map(encodeRecordProtobuf)));
    await using channel = createChannel({ name: 'train', source: file, dest: dir, epochs: 2 });
    await channel.start();
    for await (const epoch of readEpochs({ dir, channel: 'train', epochs: 2 })) {
      const uids: unknown[] = [];
      for await (const payload of readRecords(epoch)) {
        const { features, label, uid } = decodeRecordProtobuf(payload);
        uids.push(uid);
        const i = Number(uid);
        expect({ ...features, ...{ label: label['values'] } }).toEqual({
          values: { values: Float32Array.of(i, i / 2) },
          label: { values: Float32Array.of(i % 3) },
        });
      }
      expect(uids).toEqual(inputs.map(({ uid }) => uid));
    }
    await channel.finished();
    removeDirectory(dir);
  });
});

describe('compared with Google’s protobuf for Python', () => {
  test.runIf(hasReference)('it finds in our messages what we put there', () => {
    const samples = fc.sample(records, { numRuns: 300, seed: 4 });
    expect(decodeWithReference(samples.map(messageOf))).toEqual(samples.map(described));
  });

  test.runIf(hasReference)('we find in its messages what it put there', () => {
    const samples = fc.sample(records, { numRuns: 300, seed: 5 });
    const messages = encodeWithReference(samples.map(described));
    expect(messages.map((message) => plain(decodeRecordProtobuf(message)))).toEqual(samples.map(plain));
  });
});

describe('what else the wire format allows', () => {
  const inFeature = (value: string): Buffer => {
    const bytes = hex(value);
    return Buffer.concat([
      hex('0a'),
      Buffer.of(bytes.length + 4),
      hex('0a 00 12'),
      Buffer.of(bytes.length),
      bytes,
    ]);
  };
  const feature = (message: Uint8Array): unknown => decodeRecordProtobuf(message).features[''];

  test('numbers that are not packed', () => {
    expect(feature(inFeature('12 0e 0d 0000803f 0d 000000c0 10 07 18 09'))).toEqual({
      values: Float32Array.of(1, -2),
      keys: [7],
      shape: [9],
    });
    expect(feature(inFeature('1a 09 09 000000000000f03f'))).toEqual({ values: Float64Array.of(1) });
    expect(feature(inFeature('3a 04 08 03 08 04'))).toEqual({ values: Int32Array.of(3, 4) });
  });

  test('packed numbers in several pieces, and messages in several pieces', () => {
    expect(feature(inFeature('12 0c 0a 04 0000803f 0a 04 000000c0'))).toEqual({
      values: Float32Array.of(1, -2),
    });
    expect(feature(inFeature('12 06 0a 04 0000803f 12 06 0a 04 000000c0'))).toEqual({
      values: Float32Array.of(1, -2),
    });
    const entry = hex('0a 14 0a 00 12 08 12 06 0a 04 0000803f 12 06 12 04 1a 02 0102');
    expect(feature(entry)).toEqual({ values: Float32Array.of(1), shape: [1, 2] });
  });

  test('of two fields of which one is set, the last one counts', () => {
    expect(feature(inFeature('12 06 0a 04 0000803f 3a 03 0a 01 02'))).toEqual({ values: Int32Array.of(2) });
  });

  test('of two values of one name, the last one counts', () => {
    const message = Buffer.concat([inFeature('3a 03 0a 01 01'), inFeature('3a 03 0a 01 02')]);
    expect(feature(message)).toEqual({ values: Int32Array.of(2) });
  });

  test('fields that are not known are skipped', () => {
    const unknown = '78 05 7d 01020304 79 0102030405060708 7a 02 6162 7b 08 01 7c';
    const message = Buffer.concat([hex(unknown), inFeature(`3a 03 0a 01 02 ${unknown}`), hex(unknown)]);
    expect(feature(message)).toEqual({ values: Int32Array.of(2) });
  });
});

describe('what is told apart from a record', () => {
  test('no message begins with the magic word: it would have wire type 7', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        // Behind the first field's tag and length, which the magic word's first bytes could be.
        const entry = Buffer.concat([hex('d7ce'), rest, Buffer.alloc(200)]).subarray(0, 35);
        const message = Buffer.concat([hex('0a23'), entry]);
        const unframed = Buffer.concat([Buffer.of(0x1a, 0), message]);
        expect(() => decodeRecordProtobuf(unframed)).toThrow(
          code('RECORDIO_PROTOBUF_INVALID', /an entry of features/),
        );
      }),
    );
  });

  test('a record is never mistaken for one with framing', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(messageOf(record).subarray(0, 4)).not.toEqual(hex('0a23d7ce'));
      }),
    );
  });

  test('any other bytes give a record or an error of ours', () => {
    const random = fc.uint8Array({ maxLength: 60 });
    const damaged = fc.tuple(records, fc.nat(), fc.nat(255)).map(([record, at, byte]) => {
      const message = Buffer.from(messageOf(record));
      if (message.length > 0) message[at % message.length] = byte;
      return message;
    });
    fc.assert(
      fc.property(fc.oneof(random, damaged), (bytes) => {
        try {
          decodeRecordProtobuf(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^RECORDIO_/) as string });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a record that is cut off is an error, or one that is complete so far', () => {
    const message = messageOf({ features: { values: [1, 2], keys: [1, 2], shape: [300] }, uid: 'abc' });
    const complete = new Set([
      0,
      messageOf({ features: { values: [1, 2], keys: [1, 2], shape: [300] } }).length,
    ]);
    for (let length = 0; length < message.length; length++) {
      const cut = message.subarray(0, length);
      if (complete.has(length)) decodeRecordProtobuf(cut);
      else
        expect(() => decodeRecordProtobuf(cut)).toThrow(code('RECORDIO_PROTOBUF_INVALID', /not an aialgs/));
    }
  });

  const record = encodeRecordProtobuf({ features: [1] });
  test.each([
    [
      'several records',
      Buffer.concat([record, record]),
      'RECORDIO_PROTOBUF_INVALID',
      /got several.*readRecords/,
    ],
    ['half of a record', record.subarray(0, 14), 'RECORDIO_TRUNCATED', /ends inside|6 of the/],
    ['a header alone', record.subarray(0, 4), 'RECORDIO_TRUNCATED', /4 of the 8 bytes/],
    [
      'something behind the record',
      Buffer.concat([record, Buffer.alloc(8)]),
      'RECORDIO_INVALID',
      /magic word/,
    ],
    ['a record in a record', encodeRecord(record), 'RECORDIO_PROTOBUF_INVALID', /wire type 7|cannot be read/],
    ['CSV', Buffer.from('5,1.0,2.0\n'), 'RECORDIO_PROTOBUF_INVALID', /./],
    ['JSON', Buffer.from('{"features": [1, 2]}'), 'RECORDIO_PROTOBUF_INVALID', /./],
    [
      'fields of others alone',
      hex('78 05'),
      'RECORDIO_PROTOBUF_INVALID',
      /none of the fields 1 to 5, but field 15/,
    ],
    [
      'a field of another type',
      hex('08 05'),
      'RECORDIO_PROTOBUF_INVALID',
      /bytes with a length in field 1, and has varint/,
    ],
    [
      'a value of nothing',
      hex('0a 05 0a 01 61 12 00'),
      'RECORDIO_PROTOBUF_INVALID',
      /features\.a.*has nothing/,
    ],
    [
      'a name without a value',
      hex('0a 03 0a 01 61'),
      'RECORDIO_PROTOBUF_INVALID',
      /features\.a.*has nothing/,
    ],
    [
      'a value of another type',
      hex('0a 07 0a 01 61 12 02 22 00'),
      'RECORDIO_PROTOBUF_INVALID',
      /has field 4/,
    ],
    [
      'half of a float',
      hex('0a 0a 0a 00 12 06 12 04 0a 02 0000'),
      'RECORDIO_PROTOBUF_INVALID',
      /multiple of 4/,
    ],
    ['text that is not UTF-8', hex('1a 02 c328'), 'RECORDIO_PROTOBUF_INVALID', /cannot be read at byte/],
  ])('%s', (_, bytes, expectedCode, message) => {
    expect(() => decodeRecordProtobuf(bytes)).toThrow(code(expectedCode, message));
  });

  test.each(['ffffffffffffff0f 2^53-1', '8080808080808010 2^53', 'ffffffffffffffffff01 2^64-1'])(
    'a key of %s',
    (digits) => {
      const [varint = ''] = digits.split(' ');
      const key = hex(varint);
      const tensor = Buffer.concat([hex('12'), Buffer.of(key.length), key]);
      const value = Buffer.concat([hex('12'), Buffer.of(tensor.length), tensor]);
      const entry = Buffer.concat([hex('12'), Buffer.of(value.length), value]);
      const message = Buffer.concat([hex('0a'), Buffer.of(entry.length), entry]);
      if (varint.endsWith('0f')) {
        expect(decodeRecordProtobuf(message).features['']).toMatchObject({ keys: [2 ** 53 - 1] });
      } else {
        expect(() => decodeRecordProtobuf(message)).toThrow(
          code('RECORDIO_PROTOBUF_INVALID', /up to 2\^53 - 1/),
        );
      }
    },
  );

  test.each([undefined, null, 'text', [record], new ArrayBuffer(8)])('%o', (bytes) => {
    expect(() => decodeRecordProtobuf(bytes as never)).toThrow(
      code('INVALID_OPTION', /`bytes`.*readRecords/),
    );
  });
});

describe('what cannot be encoded', () => {
  test.each<[unknown, string, RegExp]>([
    [undefined, 'INVALID_OPTION', /`record`/],
    [[1, 2], 'INVALID_OPTION', /`record`/],
    [
      { features: [1], labels: 1 },
      'UNKNOWN_OPTION',
      /`labels` of `record`\. Did you mean `label`\? The options are features, label/,
    ],
    [{ features: 'abc' }, 'INVALID_OPTION', /`features`/],
    [{ features: null }, 'INVALID_OPTION', /`features`/],
    [{ features: new Map([['a', [1]]]) }, 'INVALID_OPTION', /`features`/],
    [{ features: Uint8Array.of(1) }, 'INVALID_OPTION', /`features` to be \{ bytes: … \}, or Float32Array/],
    [{ features: { a: Uint8Array.of(1) } }, 'INVALID_OPTION', /`features\.a` to be \{ bytes: … \}/],
    [{ features: Int16Array.of(1) }, 'INVALID_OPTION', /a Float32Array, a Float64Array or an Int32Array/],
    [{ features: [1, '2'] }, 'INVALID_OPTION', /`features\[1\]` to be a number, got `'2'` \(string\)/],
    [{ features: [[1], [2]] }, 'INVALID_OPTION', /`features\[0\]` to be a number/],
    [{ features: new Array(1) }, 'INVALID_OPTION', /`features\[0\]` to be a number/],
    [{ features: { a: undefined } }, 'INVALID_OPTION', /`features\.a`/],
    [{ features: { a: { b: [1] } } }, 'INVALID_OPTION', /`features\.a`/],
    [{ features: [1e39] }, 'INVALID_OPTION', /32-bit float.*Float64Array/],
    [{ label: 10n }, 'INVALID_OPTION', /`label`/],
    [
      { features: { values: [1, 2], keys: [1], shape: [9] } },
      'INVALID_OPTION',
      /keys\.length.*which has 2.*got `1`/,
    ],
    [{ features: { values: [1], keys: [1] } }, 'INVALID_OPTION', /`features\.shape` to be the dimensions/],
    [
      { features: { values: [1], keys: [6], shape: [2, 3] } },
      'INVALID_OPTION',
      /`features\.keys\[0\]` to be below 6/,
    ],
    [
      { features: { values: [1], keys: [-1], shape: [9] } },
      'INVALID_OPTION',
      /`features\.keys\[0\]`.*from 0/,
    ],
    [{ features: { values: [1], keys: [0.5], shape: [9] } }, 'INVALID_OPTION', /an integer/],
    [{ features: { values: [1], keys: [2 ** 53], shape: [2 ** 53 - 1] } }, 'INVALID_OPTION', /2\^53 - 1/],
    [{ features: { values: [1], keys: [1n], shape: [9] } }, 'INVALID_OPTION', /`1n` \(bigint\)/],
    [
      { features: { values: [1], keys: BigUint64Array.of(1n), shape: [9] } },
      'INVALID_OPTION',
      /a Uint32Array/,
    ],
    [
      { features: { values: [1, 2, 3], shape: [2, 2] } },
      'INVALID_OPTION',
      /`features\.values\.length` to be 4/,
    ],
    [{ features: { values: [1], keys: [1], shpe: [9] } }, 'UNKNOWN_OPTION', /also has `shpe`/],
    [{ features: { bytes: Uint8Array.of(1), type: 'a/b' } }, 'UNKNOWN_OPTION', /also has `type`/],
    [{ features: { bytes: Uint8Array.of(1), contentType: 5 } }, 'INVALID_OPTION', /`features\.contentType`/],
    [{ uid: 5 }, 'INVALID_OPTION', /`uid` to be a string, got `5` \(number\)/],
    [{ metadata: '\ud800' }, 'INVALID_OPTION', /lone surrogates/],
    [{ features: { '\udc00': [1] } }, 'INVALID_OPTION', /a name in features/],
  ])('%o', (record, expectedCode, message) => {
    expect(() => encodeRecordProtobuf(record as RecordInput)).toThrow(code(expectedCode, message));
  });
});

function bytesOf(value: DecodedValue | undefined): Buffer {
  const { values } = value as DecodedTensor;
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** A record as the reference describes it. */
function described({ features, label, ...texts }: DecodedRecord): DescribedRecord {
  return { features: describedValues(features), label: describedValues(label), ...texts };
}

function describedValues(values: Record<string, DecodedValue>): Record<string, DescribedValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, describedValue(value)]));
}

function describedValue(value: DecodedValue): DescribedValue {
  if ('bytes' in value) {
    const { bytes, ...rest } = value;
    return { kind: 'bytes', value: bytes.map((one) => Buffer.from(one).toString('hex')), ...rest };
  }
  const { values, keys = [], shape = [] } = value;
  const kind =
    values instanceof Float32Array
      ? 'float32_tensor'
      : values instanceof Float64Array
        ? 'float64_tensor'
        : 'int32_tensor';
  return { kind, values: bytesOf(value).toString('hex'), keys, shape };
}
