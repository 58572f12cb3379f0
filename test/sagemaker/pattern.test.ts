import { describe, expect, test } from 'vitest';

import { compilePattern } from '../../src/sagemaker/pattern.js';
import type { Shape } from '../../src/sagemaker/shape.js';
import { SHAPES } from '../../src/sagemaker/shapes.js';

const patterns = [
  ...new Set(
    Object.values(SHAPES as Record<string, Shape>).flatMap((shape) =>
      shape.type === 'string' && shape.pattern !== undefined ? [shape.pattern] : [],
    ),
  ),
];

test('there are patterns', () => {
  expect(patterns.length).toBeGreaterThan(30);
});

describe('a pattern of Java means in JavaScript what it means there:', () => {
  test.each<[string, string, boolean]>([
    // the whole string, and nothing behind a last line break
    ['[a-z]+', 'abc', true],
    ['[a-z]+', 'abc1', false],
    ['[a-z]+', 'abc\n', false],
    ['a|b', 'ab', false],
    // `.` is anything but the end of a line
    ['.*', '', true],
    ['.*', 'a😀\ud83d', true],
    ['.*', 'a\nb', false],
    ['.*', 'a\rb', false],
    ['.*', 'a\u0085b', false],
    ['.*', 'a\u2028b', false],
    ['.*', 'a\u000bb', true],
    ['.{1}', '😀', true],
    ['a\\.b', 'axb', false],
    ['[.]', 'x', false],
    // the beginning and the end, and what can be printed
    ['\\A\\S[\\p{Print}]*\\z', 'id 1~', true],
    ['\\A\\S[\\p{Print}]*\\z', ' id', false],
    ['\\A\\S[\\p{Print}]*\\z', 'id\n', false],
    ['\\p{Print}', '\u007f', false],
    // spaces are six, all of them of ASCII
    ['\\s*', ' \t\n\v\f\r', true],
    ['\\s', '\u00a0', false],
    ['[\\s]', '\u00a0', false],
    ['[\\S]+', '\u00a0\ufeffä😀', true],
    ['[\\S]+', 'a b', false],
    ['\\S+', 'a\u00a0', true],
    ['[\\S\\s]*', 'a\n\u2028 😀\ud83d', true],
    ['[\\s\\S]+', '', false],
    // letters
    ['[\\p{Alnum}\\-]+', 'a-Z9', true],
    ['[\\p{Alnum}\\-]+', 'ä', false],
    ['\\p{Alnum}', '9', true],
    ['[\\p{L}\\p{Z}\\p{N}_]+', 'äß 9_', true],
    ['\\w+', 'ä', false],
    ['\\d', '٣', false],
    ['[a-z0-9-\\.]+', 'a-.9', true],
    ['[-0-9]+', '-5', true],
    ['[a-zA-Z0-9]([a-zA-Z0-9-]){0,62}(?<!-)', 'a-b', true],
    ['[a-zA-Z0-9]([a-zA-Z0-9-]){0,62}(?<!-)', 'a-b-', false],
    ['(?!\\s*$).+', ' a', true],
    ['(?!\\s*$).+', '  ', false],
  ])('%j and %j: %j', (pattern, text, matches) => {
    expect(compilePattern(pattern).test(text)).toBe(matches);
  });
});

describe('ten kilobytes of what nearly matches are refused at once, and not tried in every way:', () => {
  const STARTS = [
    '',
    'a',
    's3://bucket/',
    'arn:aws:sagemaker:us-east-1:123456789012:',
    'arn:aws:sagemaker:us-east-1:aws:hub-content/a/Model/',
    'arn:aws:sagemaker:us-east-1:aws:hub-content/a/DataSet/',
    'arn:a:sagemaker:',
  ];
  const PIECES = [
    'a',
    '-',
    'a-',
    'a1',
    '-a',
    '0',
    ' ',
    '.',
    ':',
    '/',
    'a/',
    'a.',
    'é',
    '😀',
    '\n',
    'a:',
    'Z_',
    '1.',
  ];
  const ENDS = ['', '\0', '-', '\n'];
  const texts = STARTS.flatMap((start) =>
    PIECES.flatMap((piece) => ENDS.map((end) => start + piece.repeat(10_000 / piece.length) + end)),
  );

  /** What all of them together take of a processor, however busy it is with others. */
  function milliseconds(pattern: string): number {
    const expression = compilePattern(pattern);
    const before = process.cpuUsage();
    texts.forEach((text) => expression.test(text));
    return process.cpuUsage(before).user / 1000;
  }

  /** They take some 15; one text that is tried in every way takes more than this alone. */
  const LIMIT_MS = 500;

  test.each(patterns)('%s', (pattern) => {
    expect(milliseconds(pattern)).toBeLessThan(LIMIT_MS);
  });

  test('a pattern for which they are not is found out', () => {
    expect(milliseconds('[a-z]*[a-z]*!')).toBeGreaterThan(LIMIT_MS);
  });
});
