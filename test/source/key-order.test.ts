import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys } from '../../src/source/key-order.js';

const bytesOf = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

// Units around every border that matters, so that equal beginnings and surrogates are frequent.
const unit = fc.constantFrom(
  '',
  'a',
  'b',
  '/',
  '~',
  '\u007f',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '𐀀',
  '😀',
  '\u{10ffff}',
);
const key = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit }));

describe('compareKeys', () => {
  test('orders any two keys as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(bytesOf(a, b));
      }),
      { numRuns: 5_000 },
    );
  });

  test('puts an emoji after full-width letters, where UTF-16 puts it before', () => {
    expect(['ａ', '😀'].sort()).toEqual(['😀', 'ａ']);
    expect(compareKeys('😀', 'ａ')).toBeGreaterThan(0);
  });

  test('puts a beginning before its continuation', () => {
    expect(compareKeys('part', 'part/0')).toBeLessThan(0);
    expect(compareKeys('', 'a')).toBeLessThan(0);
    expect(compareKeys('a', 'a')).toBe(0);
  });
});
