import { writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { manifestSource } from '../../../src/source/manifest/manifest-source.js';
import { rejection } from '../../support/expected-errors.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';
import { useScratch } from '../../support/scratch.js';
import { contextOf, firstOf, readAll } from '../source-helpers.js';

const scratch = useScratch();
const PREFIX = { prefix: 's3://customer_bucket/some/prefix/' };

/** What is wrong with a manifest of this content, on disk: what `start()` says, and what an epoch says. */
async function problemOf(content: string | Uint8Array) {
  writeFileSync(scratch.path('bad.manifest'), content);
  const source = manifestSource(scratch.path('bad.manifest'));
  const early = await rejection(source.check!(contextOf()));
  const late = await rejection(firstOf(source));
  expect(late.message).toBe(early.message);
  expect(early.message).toContain(scratch.path('bad.manifest'));
  expect(early.path).toBe(scratch.path('bad.manifest'));
  return early;
}

describe('a manifest with something wrong gets its error:', () => {
  test.each<[string, string | Uint8Array, string, string]>([
    ['empty', '', 'SOURCE_EMPTY', 'is empty'],
    ['white space', ' \n', 'SOURCE_EMPTY', 'is empty'],
    ['an empty array', '[]', 'SOURCE_EMPTY', 'empty array'],
    ['a prefix alone', JSON.stringify([PREFIX]), 'SOURCE_EMPTY', 'no entry after it'],
    [
      'truncated within a string',
      '[{"prefix": "s3://bu/"}, "a", "b',
      'MANIFEST_INVALID',
      'is cut off: it ends at position 32',
    ],
    ['truncated after a comma', '[{"prefix": "s3://bu/"}, "a",', 'MANIFEST_INVALID', 'is cut off'],
    ['truncated after an entry', '[{"prefix": "s3://bu/"}, "a"', 'MANIFEST_INVALID', 'is cut off'],
    ['not JSON', '[{"prefix": "s3://bu/"}, a]', 'MANIFEST_INVALID', 'is not JSON'],
    ['an object', JSON.stringify(PREFIX), 'MANIFEST_INVALID', 'is not an array'],
    ['a string', '"a"', 'MANIFEST_INVALID', 'is not an array'],
    [
      'JSON Lines',
      '{"source-ref": "s3://bu/a"}\n{"source-ref": "s3://bu/c"}',
      'MANIFEST_INVALID',
      'augmented manifest',
    ],
    [
      'UTF-16',
      Buffer.from(`\ufeff${JSON.stringify([PREFIX, 'a'])}`, 'utf16le'),
      'MANIFEST_INVALID',
      'UTF-16',
    ],
    ['Latin-1', Buffer.from(JSON.stringify([PREFIX, 'ä']), 'latin1'), 'MANIFEST_INVALID', 'not UTF-8'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'MANIFEST_INVALID', 'compressed with gzip'],
    ['no prefix', '["s3://bu/a", "s3://bu/c"]', 'MANIFEST_ENTRY_INVALID', 'entry 0 is'],
    ['an empty prefix', '[{"prefix": ""}, "a"]', 'MANIFEST_ENTRY_INVALID', 'entry 0 is'],
    ['a field beside the prefix', '[{"prefix": "s3://bu/", "x": 1}, "a"]', 'MANIFEST_ENTRY_INVALID', '"x"'],
    [
      'a prefix without a bucket',
      '[{"prefix": "s3:///x/"}, "a"]',
      'MANIFEST_ENTRY_INVALID',
      'names no bucket',
    ],
    [
      'a prefix without a slash',
      '[{"prefix": "s3://bucket"}, "-2/a"]',
      'MANIFEST_ENTRY_INVALID',
      'a slash after the bucket',
    ],
    [
      'a prefix over HTTP',
      '[{"prefix": "https://b/"}, "a"]',
      'MANIFEST_ENTRY_INVALID',
      'Expected s3://BUCKET/PREFIX',
    ],
    [
      'a prefix as a URL of S3',
      '[{"prefix": "https://bucket.s3.eu-west-1.amazonaws.com/x/"}, "a"]',
      'MANIFEST_ENTRY_INVALID',
      'Use "s3://bucket/x/"',
    ],
    [
      'a prefix as an ARN',
      '[{"prefix": "arn:aws:s3:::bucket/x/"}, "a"]',
      'MANIFEST_ENTRY_INVALID',
      'Use "s3://bucket/x/"',
    ],
    [
      'a number',
      JSON.stringify([PREFIX, 'a', 5]),
      'MANIFEST_ENTRY_INVALID',
      'entry 2 is `5` (number), not a string',
    ],
    ['null', JSON.stringify([PREFIX, null]), 'MANIFEST_ENTRY_INVALID', 'entry 1 is `null`'],
    ['another prefix', JSON.stringify([PREFIX, 'a', PREFIX]), 'MANIFEST_ENTRY_INVALID', 'entry 2'],
    [
      'another bucket',
      JSON.stringify([PREFIX, 'a', 's3://other/a']),
      'MANIFEST_ENTRY_INVALID',
      'entry 2 is the URI "s3://other/a"',
    ],
    [
      'a duplicate',
      JSON.stringify([PREFIX, 'a', 'b', 'a']),
      'MANIFEST_ENTRY_INVALID',
      'entry 3 is "a", and so is entry 1',
    ],
    [
      'a huge entry',
      JSON.stringify([PREFIX, 'x'.repeat(100_000)]),
      'MANIFEST_ENTRY_INVALID',
      'a key of 100012 bytes',
    ],
    [
      'half a surrogate pair',
      '[{"prefix": "s3://bu/"}, "\\ud800"]',
      'MANIFEST_ENTRY_INVALID',
      'no key can have',
    ],
    ['an entry that is no key', '[{"prefix": "s3://bu/"}, ""]', 'MANIFEST_ENTRY_INVALID', 'names no object'],
  ])('%s', async (_name, content, code, text) => {
    const error = await problemOf(content);
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });

  test('larger than 64 MiB', async () => {
    const error = await problemOf(Buffer.alloc(64 * 1024 * 1024 + 1, 0x20));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('64 MiB');
  });

  test('not there, or a directory', async () => {
    const missing = await rejection(firstOf(manifestSource(scratch.path('nothing'))));
    expect(missing.code).toBe('SOURCE_NOT_FOUND');
    const directory = await rejection(firstOf(manifestSource(scratch.dir)));
    expect(directory.code).toBe('SOURCE_UNREADABLE');
    expect(directory.message).toContain('a directory');
  });

  test('an entry that points at no file', async () => {
    const dir = scratch.files({
      m: JSON.stringify([{ prefix: `${scratch.dir}/` }, 'here', 'gone']),
      here: 'x',
    });
    const error = await rejection(readAll(manifestSource(`${dir}/m`)));
    expect(error.code).toBe('MANIFEST_OBJECT_MISSING');
    expect(error.message).toContain('entry 2');
    expect(error).toMatchObject({ key: `${dir}/gone`, path: `${dir}/gone` });
  });
});

test.each([5, '', undefined, null])('the location %j is refused', async (uri) => {
  const error = await rejection((async () => manifestSource(uri as string))());
  expect(error.code).toBe('INVALID_OPTION');
});

test('a byte order mark is no part of the manifest, and files may be named by URL', async () => {
  const dir = scratch.files({ 'a b': 'content' });
  writeFileSync(`${dir}/m`, `\ufeff${JSON.stringify([{ prefix: `file://${dir}/a%20` }, 'b'])}`);
  const [object] = await readAll(manifestSource(`file://${dir}/m`));
  expect(object).toMatchObject({ key: `${dir}/a b`, bytes: Buffer.from('content') });
});

test('a relative prefix begins where the manifest is', async () => {
  const dir = scratch.files({ 'sub/m': '[{"prefix": "./part-"}, "1"]', 'sub/part-1': 'x' });
  expect((await readAll(manifestSource(`${dir}/sub/m`))).map(({ key }) => key)).toEqual([
    `${dir}/sub/part-1`,
  ]);
});

describe('in S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    server.createBucket('customer_bucket');
  });
  afterAll(() => server.stop());

  const sourceOf = (manifest: unknown, options = {}) => {
    server.put('customer_bucket', 'm', typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    return manifestSource('s3://customer_bucket/m', { s3: server.clientConfig, ...options });
  };

  // The example of S3DataSource.S3Uri in the API reference.
  test('the documented manifest is the documented list of objects', async () => {
    const keys = ['relative/path/to/custdata-1', 'relative/path/custdata-2', 'relative/path/custdata-N'];
    for (const key of keys) server.put('customer_bucket', `some/prefix/${key}`, `content of ${key}`);
    const source = sourceOf([PREFIX, ...keys]);
    const read = await readAll(source);
    expect(read.map(({ key }) => key)).toEqual(keys.map((key) => `some/prefix/${key}`));
    expect(read.map(({ bytes }) => bytes.toString())).toEqual(keys.map((key) => `content of ${key}`));
    await source.close?.();
  });

  test('an object that is not there is named with its entry', async () => {
    const source = sourceOf([PREFIX, 'no-such-object']);
    const error = await rejection(readAll(source));
    expect(error.code).toBe('MANIFEST_OBJECT_MISSING');
    expect(error.message).toContain('In the manifest s3://customer_bucket/m, entry 1');
    expect(error.message).toContain('s3://customer_bucket/some/prefix/no-such-object');
    expect(error.key).toBe('some/prefix/no-such-object');
    await source.close?.();
  });

  test('a manifest that is not there, in a bucket or without one', async () => {
    const source = manifestSource('s3://customer_bucket/none', { s3: server.clientConfig });
    expect((await rejection(source.check!(contextOf()))).code).toBe('SOURCE_NOT_FOUND');
    await source.close?.();
    const error = await rejection((async () => manifestSource('s3://customer_bucket'))());
    expect(error.code).toBe('S3_INVALID_URI');
  });

  test('a relative path is refused', async () => {
    const source = sourceOf([{ prefix: 'data/' }, 'a'], { allowLocalFiles: true });
    const error = await rejection(source.check!(contextOf()));
    expect(error.code).toBe('MANIFEST_ENTRY_INVALID');
    expect(error.message).toContain('absolute in a manifest in S3');
    await source.close?.();
  });

  test.each(['reset', 'close'] as const)(
    'an object goes on after a connection that breaks (%s)',
    async (kind) => {
      server.putSynthetic('customer_bucket', 'some/prefix/big', 3_000_000);
      const source = sourceOf([PREFIX, 'big']);
      const [whole] = await readAll(source);
      server.faults.add({
        operation: 'GetObject',
        key: 'some/prefix/big',
        fault: { kind, afterBytes: 1_000_000 },
      });
      const [again] = await readAll(source);
      expect(again!.bytes.equals(whole!.bytes)).toBe(true);
      expect(server.seen.at(-1)?.range).toMatch(/^bytes=\d+-2999999$/);
      await source.close?.();
    },
  );

  test('an object that changes while its connection breaks fails', async () => {
    server.putSynthetic('customer_bucket', 'some/prefix/big', 3_000_000, 1);
    const source = sourceOf([PREFIX, 'big']);
    const then = () =>
      queueMicrotask(() =>
        setTimeout(() => server.putSynthetic('customer_bucket', 'some/prefix/big', 3_000_000, 2), 0),
      );
    server.faults.add({
      operation: 'GetObject',
      key: 'some/prefix/big',
      fault: { kind: 'reset', afterBytes: 1_000_000 },
      then,
    });
    const error = await rejection(readAll(source));
    expect(error.code).toBe('SOURCE_CHANGED');
    expect(error.message).toContain('entry 1');
    await source.close?.();
  });
});
