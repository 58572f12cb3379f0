import { constants, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PipeModeError } from '../../../src/errors.js';
import { GzipDecoder } from '../../../src/transform/inflate/gzip-decoder.js';
import { MinizlibEngine } from '../../../src/transform/inflate/minizlib-engine.js';
import { type InflateEngine, openZlibEngine } from '../../../src/transform/inflate/zlib-engine.js';
import { noise } from '../../support/bytes.js';

/** What became of an object: its bytes, or how it is broken. */
type Outcome = Buffer | string;

const engines: [string, () => InflateEngine][] = [
  ['zlib', () => openZlibEngine()!],
  ['minizlib', () => new MinizlibEngine()],
];

const space = Buffer.alloc(1 << 20);

describe.each(engines)('%s, whatever the cuts, says what gunzipSync says', (name, open) => {
  /** In inputs and rooms of the given lengths, over and over. */
  function decode(
    object: Buffer,
    inputs: readonly number[],
    rooms: readonly number[],
    engine = open(),
  ): Outcome {
    const decoder = new GzipDecoder(engine);
    const inflated: Buffer[] = [];
    try {
      for (let at = 0, step = 0; !decoder.isDone; step++) {
        const input = object.subarray(at, at + inputs[step % inputs.length]!);
        const room = space.subarray(0, rooms[step % rooms.length]);
        decoder.decode(input, room, at + input.length === object.length);
        at += decoder.consumed;
        inflated.push(Buffer.from(room.subarray(0, decoder.produced)));
      }
      return Buffer.concat(inflated);
    } catch (error) {
      return (error as PipeModeError).code;
    } finally {
      decoder.close();
    }
  }

  /** With the two exceptions that `GzipDecoder` makes. */
  function expected(object: Buffer): Outcome {
    if (object.length === 0) return object;
    try {
      const { buffer, engine } = gunzipSync(object, { info: true }) as unknown as {
        buffer: Buffer;
        engine: { bytesWritten: number };
      };
      const isPadded = object.subarray(engine.bytesWritten).every((byte) => byte === 0);
      return isPadded ? buffer : 'GZIP_INVALID';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR' ? 'GZIP_TRUNCATED' : 'GZIP_INVALID';
    }
  }

  function check(object: Buffer, inputs: readonly number[], rooms: readonly number[]): void {
    const [actual, right] = [decode(object, inputs, rooms), expected(object)];
    if (typeof actual === 'string' || typeof right === 'string') expect(actual).toBe(right);
    else expect(actual.equals(right)).toBe(true);
  }

  const a = gzipSync(noise(4000, 1));
  const b = gzipSync(Buffer.alloc(100_000, 'compressible'), { level: 9 });
  const withName = Buffer.concat([
    a.subarray(0, 3),
    Buffer.from([8]),
    a.subarray(4, 10),
    Buffer.from('name\0'),
    a.subarray(10),
  ]);
  const wrongSum = Buffer.from(a);
  wrongSum[wrongSum.length - 6]! ^= 1;
  const wrongLength = Buffer.from(a);
  wrongLength[wrongLength.length - 1]! ^= 1;
  const cases: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['one member', a],
    ['a member of nothing', gzipSync('')],
    ['two members', Buffer.concat([a, b])],
    ['a member of nothing between two', Buffer.concat([a, gzipSync(''), b])],
    ['a header with a name', withName],
    ['zeros', Buffer.alloc(100)],
    ['zeros behind', Buffer.concat([a, Buffer.alloc(5000)])],
    ['zeros behind, and another member', Buffer.concat([a, Buffer.alloc(3), b])],
    ['zeros behind, and something else', Buffer.concat([a, Buffer.alloc(3), noise(2000)])],
    ['something else behind', Buffer.concat([a, Buffer.from('something else')])],
    ['the beginning of a header behind', Buffer.concat([a, b.subarray(0, 1)])],
    ['half a header behind', Buffer.concat([a, b.subarray(0, 7)])],
    ['a header behind', Buffer.concat([a, b.subarray(0, 10)])],
    ['not gzip', noise(1000)],
    ['text', Buffer.from('a,b,c\n1,2,3\n')],
    ['zlib, not gzip', deflateSync(noise(1000))],
    ['raw deflate', deflateRawSync(noise(1000))],
    ['one byte', a.subarray(0, 1)],
    ['a header that is cut off', a.subarray(0, 9)],
    ['a header alone', a.subarray(0, 10)],
    ['a body that is cut off', a.subarray(0, 2000)],
    ['a checksum that is cut off', a.subarray(0, -5)],
    ['a length that is cut off', a.subarray(0, -1)],
    ['a wrong checksum', wrongSum],
    ['a wrong length', wrongLength],
    ['a wrong checksum in the first of two', Buffer.concat([wrongSum, b])],
    [
      'a flushed body without an end',
      Buffer.from(gzipSync(noise(1000), { finishFlush: constants.Z_SYNC_FLUSH })),
    ],
    ['a dictionary', deflateSync(noise(1000), { dictionary: noise(100) })],
  ];

  test.each(cases)('of %s', (_what, object) => {
    for (const inputs of [[1], [10], [1000, 1], [1 << 20]])
      for (const rooms of [[1, 70_000], [997], [1 << 20]]) check(object, inputs, rooms);
  });

  const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });
  const members = fc.array(
    fc.record({
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 500 }),
        fc.integer({ min: 0, max: 20_000 }).map((length) => new Uint8Array(length).fill(65)),
        fc.integer({ min: 0, max: 20_000 }).map((length) => noise(length)),
      ),
      level: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const tail = fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.integer({ min: 1, max: 600 }).map((length) => new Uint8Array(length)),
    fc.uint8Array({ minLength: 1, maxLength: 30 }),
  );
  const objects = fc
    .tuple(members, tail)
    .map(([parts, end]) =>
      Buffer.concat([...parts.map(({ bytes, level }) => gzipSync(bytes, { level })), end]),
    );

  test('of anything that is whole, has something behind it, is cut off or mutated', () => {
    const mutation = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        objects,
        fc.option(fc.nat(), { freq: 2 }),
        fc.array(mutation, { maxLength: 2 }),
        cuts,
        cuts,
        (whole, cut, mutations, inputs, rooms) => {
          const object = Buffer.from(cut === null ? whole : whole.subarray(0, cut % (whole.length + 1)));
          for (const { at, value } of mutations) if (object.length > 0) object[at % object.length] = value;
          check(object, inputs, rooms);
        },
      ),
      { numRuns: name === 'zlib' ? 1500 : 500 },
    );
  });

  test('of one object after the other', () => {
    const engine = open();
    const decoder = new GzipDecoder(engine);
    for (const object of [a, Buffer.concat([b, Buffer.alloc(7)]), gzipSync(''), a]) {
      decoder.reset();
      const room = Buffer.alloc(1 << 18);
      decoder.decode(object, room, true);
      expect(decoder.isDone).toBe(true);
      expect(room.subarray(0, decoder.produced).equals(gunzipSync(object))).toBe(true);
    }
    decoder.close();
  });

  test('a bomb gets no more room than there is', () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000), { level: 9 });
    const decoder = new GzipDecoder(open());
    const room = Buffer.alloc(10_000);
    decoder.decode(bomb, room, true);
    expect([decoder.produced, decoder.isDone]).toEqual([10_000, false]);
    expect(decoder.consumed).toBeLessThan(2000);
    decoder.close();
  });
});

test('Node’s own zlib is used on this Node', () => {
  expect(openZlibEngine()).toBeDefined();
});
