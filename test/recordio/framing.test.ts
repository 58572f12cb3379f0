import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  flagOf,
  lengthOf,
  MAX_PART_BYTES,
  readWord,
  RECORDIO_MAGIC,
  recordParts,
  recordSize,
} from '../../src/recordio/framing.js';

/** The parts as numbers: flag, start, length, padding. */
function outline(length: number): number[][] {
  return recordParts(length).map(({ header, start, length: partLength, padding }) => {
    expect(readWord(header, 0)).toBe(RECORDIO_MAGIC);
    const word = readWord(header, 4);
    expect(lengthOf(word)).toBe(partLength);
    return [flagOf(word), start, partLength, padding.length];
  });
}

const LIMIT = 2 ** 29;
const SPLIT = LIMIT - 4;

describe('framing of a payload that is not in memory', () => {
  test.each([
    [0, 0],
    [1, 3],
    [3, 1],
    [4, 0],
    [5, 3],
    [65_536, 0],
    [LIMIT - 2, 2],
    [LIMIT - 1, 1],
  ])('%i bytes are one whole part with %i bytes of padding', (length, padding) => {
    expect(outline(length)).toEqual([[0, 0, length, padding]]);
    expect(recordSize(length)).toBe(8 + length + padding);
  });

  test('from 2^29 bytes on there are parts, of which only the last is padded', () => {
    expect(outline(LIMIT)).toEqual([
      [1, 0, SPLIT, 0],
      [3, SPLIT, 4, 0],
    ]);
    expect(outline(LIMIT + 1)).toEqual([
      [1, 0, SPLIT, 0],
      [3, SPLIT, 5, 3],
    ]);
    expect(outline(2 * SPLIT)).toEqual([
      [1, 0, SPLIT, 0],
      [3, SPLIT, SPLIT, 0],
    ]);
    expect(outline(2 ** 30)).toEqual([
      [1, 0, SPLIT, 0],
      [2, SPLIT, SPLIT, 0],
      [3, 2 * SPLIT, 8, 0],
    ]);
  });

  test('the words are little-endian', () => {
    const [part] = recordParts(5);
    expect(Buffer.from(part!.header).toString('hex')).toBe('0a23d7ce05000000');
    expect(Buffer.from(recordParts(LIMIT)[1]!.header).toString('hex')).toBe('0a23d7ce04000060');
  });

  test('parts cover every payload without a gap, and add up to the announced size', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(100), fc.integer({ min: LIMIT - 9, max: 2 ** 33 })), (length) => {
        const parts = recordParts(length);
        let position = 0;
        let size = 0;
        for (const part of parts) {
          expect(part.start).toBe(position);
          expect(part.length).toBeLessThanOrEqual(MAX_PART_BYTES);
          expect((part.length + part.padding.length) % 4).toBe(0);
          expect(part.padding.every((byte) => byte === 0)).toBe(true);
          position += part.length;
          size += part.header.length + part.length + part.padding.length;
        }
        expect(position).toBe(length);
        expect(size).toBe(recordSize(length));
        const flags = parts.map(({ header }) => flagOf(readWord(header, 4))).join('');
        expect(flags).toMatch(length < LIMIT ? /^0$/ : /^12*3$/);
      }),
    );
  });

  test.each([-1, 1.5, NaN, Infinity])('a length of %d is refused', (length) => {
    expect(() => recordParts(length)).toThrow(RangeError);
    expect(() => recordSize(length)).toThrow(RangeError);
  });
});
