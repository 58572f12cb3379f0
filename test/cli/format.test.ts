import { expect, test } from 'vitest';

import {
  formatBytes,
  formatDuration,
  formatObjects,
  formatRate,
  formatRecord,
} from '../../src/cli/format.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [34_560_000, '34.5 MB'],
  [4_000_000_000, '4.0 GB'],
])('%i bytes', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('rates and counts', () => {
  expect(formatRate(0.4)).toBe('0 B/s');
  expect(formatRate(28_700_000.123)).toBe('28.7 MB/s');
  expect(formatObjects(1)).toBe('1 object');
  expect(formatObjects(12_345)).toBe('12,345 objects');
});

test.each([
  [0.2, '0 ms'],
  [999.4, '999 ms'],
  [999.5, '1.0 s'],
  [59_900, '59.9 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h 0 min'],
])('%d ms', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  ['train', 'train'],
  ['/tmp/ünï', '/tmp/ünï'],
  ['', '""'],
  ['a b', '"a b"'],
  ['a="b"', '"a=\\"b\\""'],
  ['a\\b', '"a\\\\b"'],
  ['a\nb\x7f\u{e0001}', '"a\\nb\\u007f\\udb40\\udc01"'],
])('a record with %j in it', (value, shown) => {
  expect(formatRecord('event', { value, number: 1 })).toBe(`event value=${shown} number=1`);
  if (shown.startsWith('"')) expect(JSON.parse(shown)).toBe(value);
});
