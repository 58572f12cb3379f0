import fc from 'fast-check';
import { expect, test } from 'vitest';

import { numberedRecords } from '../../src/serving/transform-job/records/numbered-records.js';
import { type Payload, payloadsOf } from '../../src/serving/transform-job/records/payloads.js';
import { splitterFor } from '../../src/serving/transform-job/records/splitter-for.js';
import { rejection } from '../support/expected-errors.js';
import { FRAMES } from './support/records.js';

const records = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.map((byte) => (byte === 10 ? 11 : byte))),
);
const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });

async function* inChunks(object: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, index = 0; at < object.length; index++) {
    const size = sizes[index % sizes.length]!;
    yield object.subarray(at, at + size);
    at += size;
  }
}

async function payloads(
  object: Uint8Array,
  splitType: string,
  isSingle: boolean,
  mostBytes: number,
  sizes = [7],
) {
  const splitter = splitterFor(splitType, mostBytes);
  const batching = { isSingle, mostBytes, filter: undefined, keepsSources: false };
  const all: Payload[] = [];
  for await (const each of payloadsOf(
    'key',
    numberedRecords('key', inChunks(object, sizes), splitter),
    batching,
  ))
    all.push(each);
  return all;
}

test.each(Object.keys(FRAMES).filter((name) => name !== 'None'))(
  '%s: payloads hold every record, in order, as many as they can, however the object comes',
  async (splitType) => {
    await fc.assert(
      fc.asyncProperty(records, cuts, fc.integer({ min: 60, max: 200 }), async (each, sizes, mostBytes) => {
        const framed = each.map((record) => FRAMES[splitType]!(record));
        const object = Buffer.concat(framed);
        const many = await payloads(object, splitType, false, mostBytes, sizes);
        expect(Buffer.concat(many.map(({ bytes }) => bytes))).toEqual(object);
        for (const [index, { bytes, place, records: count, objectBytes }] of many.entries()) {
          expect(bytes.length).toBeLessThanOrEqual(mostBytes);
          const next = framed[place.index + count];
          if (index < many.length - 1) expect(bytes.length + next!.length).toBeGreaterThan(mostBytes);
          const before = framed.slice(0, place.index).reduce((sum, { length }) => sum + length, 0);
          expect(place.offset).toBe(before);
          expect(objectBytes).toBe(bytes.length);
        }
        const single = await payloads(object, splitType, true, mostBytes, sizes);
        expect(single.map(({ bytes }) => [...bytes])).toEqual(each.map((record) => [...record]));
        expect(single.map(({ place }) => place.index)).toEqual([...each.keys()]);
      }),
    );
  },
);

test('None: an object is one payload, and one without any bytes none', async () => {
  const object = Buffer.from('a\nb');
  for (const isSingle of [true, false]) {
    expect((await payloads(object, 'None', isSingle, 3)).map(({ bytes }) => [...bytes])).toEqual([
      [...object],
    ]);
    expect(await payloads(Buffer.alloc(0), 'None', isSingle, 3)).toEqual([]);
  }
});

test('the last line may be without a newline, and lines may be empty', async () => {
  const single = await payloads(Buffer.from('a\n\r\n\nb'), 'Line', true, 10);
  expect(single.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['a', '\r', '', 'b']);
});

test.each([
  ['None', 'RECORD_TOO_LARGE', 'x'.repeat(11), 0, 0],
  ['Line', 'RECORD_TOO_LARGE', `a\n${'x'.repeat(11)}\n`, 1, 2],
  ['Line', 'RECORD_TOO_LARGE', `a\n${'x'.repeat(1000)}`, 1, 2],
  ['RecordIO', 'RECORDIO_INVALID', 'abcdefgh', 0, 0],
  ['TFRecord', 'TFRECORD_INVALID', 'abcdefghijkl', 0, 0],
] as const)('%s: %s names object, record and byte', async (splitType, code, object, index, offset) => {
  const error = await rejection(payloads(Buffer.from(object), splitType, false, 10));
  expect(error).toMatchObject({ code, key: 'key', place: { key: 'key', index, offset } });
  expect(error.message).toContain(`Record ${index} of "key" (counted from 0), at byte ${offset}: `);
});

test.each(['RecordIO', 'TFRecord'])('%s: an object that ends within a record', async (splitType) => {
  const whole = Buffer.concat([
    FRAMES[splitType]!(Buffer.from('abcd')),
    FRAMES[splitType]!(Buffer.from('efgh')),
  ]);
  for (let length = whole.length / 2 + 1; length < whole.length; length++) {
    const error = await rejection(payloads(whole.subarray(0, length), splitType, false, 100));
    expect(error).toMatchObject({ code: `${splitType.toUpperCase()}_TRUNCATED`, place: { index: 1 } });
  }
});

test('a record that says that it is larger than a payload is not waited for', async () => {
  const { RecordIO, TFRecord } = FRAMES;
  for (const [splitType, frame] of Object.entries({ RecordIO: RecordIO!, TFRecord: TFRecord! })) {
    const begun = frame(new Uint8Array(5000)).subarray(0, 20);
    expect(await rejection(payloads(begun, splitType, false, 100))).toMatchObject({
      code: 'RECORD_TOO_LARGE',
    });
  }
});
