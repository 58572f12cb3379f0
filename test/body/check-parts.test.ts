import { describe, expect, test } from 'vitest';

import { checkContent, checkLocalParts, checkSize } from '../../src/body/check-parts.js';
import { thrown } from '../support/expected-errors.js';

const range = { path: '/data/a', offset: 0, length: 1 };
const body = (parts: unknown) => ({ parts, async *[Symbol.asyncIterator]() {} });
const problem = (parts: unknown) => thrown(() => checkContent({ key: 'a' }, body(parts), 'SOURCE_FAILED'));

describe('parts', () => {
  test.each<[string, unknown, string]>([
    ['no list', 'bytes', '`parts` to be an array'],
    ['nothing', [undefined], '`parts[0]` to be bytes, a range of a file, or a range that can be fetched'],
    ['a hole', new Array(1), '`parts[0]` to be bytes'],
    ['numbers', [Buffer.from('a'), 5], '`parts[1]` to be bytes'],
    [
      'NaN as a length',
      [{ ...range, length: NaN }],
      '`parts[0].length` to be an integer from 0 up, got `NaN`',
    ],
    ['a negative length', [{ ...range, length: -1 }], '`parts[0].length`'],
    ['half a byte', [{ ...range, length: 0.5 }], '`parts[0].length`'],
    ['an infinite length', [{ ...range, length: Infinity }], '`parts[0].length`'],
    ['a length beyond 2^53', [{ ...range, length: 2 ** 53 }], '`parts[0].length`'],
    ['no length', [{ path: '/a', offset: 0 }], '`parts[0].length`'],
    ['NaN as an offset', [range, { ...range, offset: NaN }], '`parts[1].offset` to be an integer from 0 up'],
    ['a negative offset', [{ ...range, offset: -1 }], '`parts[0].offset`'],
    ['a bigint as an offset', [{ ...range, offset: 5n }], '`parts[0].offset`'],
    ['no path', [{ offset: 0, length: 1 }], '`parts[0].path` to be the path of a file'],
    ['a path that no system call takes', [{ ...range, path: 'a\0b' }], '`parts[0].path`'],
    ['a descriptor that is none', [{ ...range, fd: -1 }], '`parts[0].fd` to be an open descriptor'],
    ['NaN as a file size', [{ ...range, fileSize: NaN }], '`parts[0].fileSize`'],
    ['NaN as a time', [{ ...range, mtimeMs: NaN }], '`parts[0].mtimeMs`'],
    ['NaN to fetch', [{ length: NaN, fetch: () => [] }], '`parts[0].length`'],
    ['nothing to fetch with', [{ length: 1, fetch: 'url' }], '`parts[0].fetch` to be a function'],
  ])('with %s are refused', (_what, parts, text) => {
    const error = problem(parts);
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', key: 'a' });
    expect(error.message).toMatch(/^Object "a": Expected .*, got `.*` \(\w+\)\. Fix the source/s);
    expect(error.message).toContain(text);
  });

  test('that are right pass', () => {
    const parts = [
      new Uint8Array(0),
      Buffer.from('a'),
      { ...range, length: 0 },
      { ...range, fd: 0, fileSize: 5, mtimeMs: -1.5 },
      { length: 2 ** 40, fetch: () => [] },
    ];
    checkContent({ key: 'a', size: 0 }, body(parts), 'SOURCE_FAILED');
    checkLocalParts(parts.slice(0, 4));
  });

  test('that are elsewhere are no local ones', () => {
    const error = thrown(() => {
      checkLocalParts([{ length: 1, fetch: () => [] }]);
    });
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('`parts[0]`') });
  });
});

test.each([undefined, null, 5, 'bytes', Buffer.from('a'), {}, Promise.resolve(), () => []])(
  'a body that is %s is refused',
  (wrong) => {
    const error = thrown(() => {
      checkContent({ key: 'a' }, wrong, 'TRANSFORM_FAILED');
    });
    expect(error.code).toBe('TRANSFORM_FAILED');
    expect(error.message).toContain('`body` to be an async iterable of bytes');
  },
);

test.each([NaN, -1, 0.5, Infinity, 2 ** 53, '5', 5n, null, {}])('a size that is %s is refused', (size) => {
  const error = thrown(() => {
    checkSize({ key: 'a', size: size as number }, 'SOURCE_FAILED');
  });
  expect(error.code).toBe('SOURCE_FAILED');
  expect(error.message).toContain('`size` to be an integer from 0 up, or left out');
});
