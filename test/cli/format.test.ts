import { expect, test } from 'vitest';

import { counted } from '../../src/counted.js';
import {
  formatBytes,
  formatDuration,
  formatJson,
  formatProgress,
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
  expect(counted(1, 'object')).toBe('1 object');
  expect(counted(12_345, 'object')).toBe('12,345 objects');
});

test.each([
  [5_290_000, 80_000_000, '5.2 of 80.0 MB'],
  [80_000_000, 80_000_000, '80.0 of 80.0 MB'],
  [0, 1000, '0.0 of 1.0 kB'],
  [7, 12, '7 of 12 B'],
  [5_200_000, undefined, '5.2 MB'],
  [5_200_000, 100, '5.2 MB'], // more than there was when it was listed
  [0, 0, '0 B'],
])('%i of %j bytes', (bytes, total, text) => {
  expect(formatProgress(bytes, total)).toBe(text);
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

test('a JSON object on one line, with nothing in it that a terminal would obey', () => {
  const fields = { event: 'error', epoch: 0, message: 'a "b"\n\x1b[31m\x9b\u202e\u2028' };
  const line = formatJson(fields);
  expect(JSON.parse(line)).toEqual(fields);
  expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u);
});
