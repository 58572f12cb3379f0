import fc from 'fast-check';
import { expect, test } from 'vitest';

import { printable, printableLine } from '../src/printable.js';

test.each([
  [
    'a\x1b[2Jb\r\x7f\x9b ünïcode\n\t',
    'a\\x1b[2Jb\\x0d\\x7f\\x9b ünïcode\n\t',
    'a\\x1b[2Jb\\x0d\\x7f\\x9b ünïcode\\x0a\\x09',
  ],
  ['a\u202egpj.exe', 'a\\u202egpj.exe', 'a\\u202egpj.exe'],
  ['\u2066\u200f\u061c\u2028', '\\u2066\\u200f\\u061c\\u2028', '\\u2066\\u200f\\u061c\\u2028'],
  ['😀 e\u0301 日本', '😀 e\u0301 日本', '😀 e\u0301 日本'],
])('%j is shown', (text, lines, line) => {
  expect(printable(text)).toBe(lines);
  expect(printableLine(text)).toBe(line);
});

test('nothing is left that a terminal obeys, and nothing else is changed', () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0x9f }),
    fc.integer({ min: 0x2000, max: 0x2070 }),
    fc.nat(0xffff),
  );
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const shown = printableLine(String.fromCharCode(...units));
      expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      const back = shown.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/g, (_, x?: string, u?: string) =>
        String.fromCharCode(parseInt(x ?? u!, 16)),
      );
      if (!units.includes(0x5c)) expect(back).toBe(String.fromCharCode(...units));
    }),
  );
});
