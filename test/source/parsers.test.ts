import { writeFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PipeModeError } from '../../src/errors.js';
import { Connection } from '../../src/source/s3/connection.js';
import { listObjects } from '../../src/source/s3/list.js';
import { formatS3Uri, parseS3Uri } from '../../src/source/s3/uri.js';
import { augmentedManifestSource } from '../../src/source/manifest/augmented-source.js';
import { readLines } from '../../src/source/manifest/lines.js';
import type { Location } from '../../src/source/manifest/location.js';
import { memberText } from '../../src/source/manifest/member-text.js';
import { parseManifest } from '../../src/source/manifest/parse-manifest.js';
import { leaseThreads } from '../../src/workers/threads.js';
import { inChunks } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';
import { readAll } from './source-helpers.js';

const scratch = useScratch();

const manifest: Location = { kind: 'file', path: '/data/manifest' };
const access = { manifest, allowsFiles: true };

/** What work comes to; an error has to be one of ours. */
async function outcome<T>(work: () => T | Promise<T>): Promise<{ value: T } | { code: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof PipeModeError) return { code: error.code };
    throw error;
  }
}

/** Anything, and often almost what is right. */
const junk = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.string({ unit: 'grapheme' }));

describe('a manifest', () => {
  const suffix = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((it) => !/\0|^(s3|https|file):/i.test(it));

  test('of a prefix and suffixes is what JSON.parse makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(suffix, { minLength: 1 }), fc.nat(4), async (suffixes, indent) => {
        const text = JSON.stringify([{ prefix: 's3://bucket/p/' }, ...suffixes], undefined, indent);
        expect(await outcome(() => parseManifest(text, access))).toEqual({
          value: { prefix: { kind: 's3', bucket: 'bucket', prefix: 'p/' }, suffixes },
        });
      }),
    );
  });

  test('of anything else is an error with a code', async () => {
    const almost = fc
      .array(fc.oneof(fc.jsonValue(), fc.record({ prefix: fc.oneof(junk, fc.constant('s3://b1/')) }), junk))
      .map((it) => JSON.stringify(it));
    const cut = fc.tuple(almost, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(junk, almost, cut), async (text) => {
        const result = await outcome(() => parseManifest(text, access));
        if ('code' in result) expect(result.code).toMatch(/^(SOURCE_EMPTY|MANIFEST_(ENTRY_)?INVALID)$/);
        else expect(JSON.parse(text).slice(1)).toEqual(result.value.suffixes);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['[', '{"a":', '[{"prefix":'])('nested deeply (%s) is an error with a code', async (open) => {
    const close = open.startsWith('[') ? ']' : '}';
    for (const text of [open.repeat(200_000), open.repeat(200_000) + '1' + close.repeat(200_000)])
      expect(await outcome(() => parseManifest(text, access))).toHaveProperty('code');
  });
});

describe('JSON Lines', () => {
  test('are cut as split() cuts them, however they arrive', async () => {
    const line = fc.string({
      unit: fc.constantFrom('a', ' ', '\t', '\r', '"', '{', 'ä', '😀'),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 200 }),
        fc.boolean(),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
        async (lines, hasMark, sizes) => {
          const text = (hasMark ? '\ufeff' : '') + lines.join('\n');
          const bytes = Buffer.from(text);
          const chunks = inChunks(bytes, [...sizes, 1]);
          const found: [number, number, string][] = [];
          const result = await outcome(async () => {
            for await (const some of readLines(chunks, manifest))
              for (const { number, offset, source, start, end } of some)
                found.push([number, offset, source.toString('utf8', start, end)]);
          });

          const isBlank = lines.map((it) => /^[ \t\r]*$/.test(it));
          const firstBlank = isBlank.includes(true) ? isBlank.indexOf(true) : lines.length;
          let offset = hasMark ? 3 : 0;
          const expected = lines.slice(0, firstBlank).map((it, i) => {
            const at = offset;
            offset += Buffer.byteLength(it) + 1;
            return [i + 1, at, it];
          });
          expect(found).toEqual(expected);
          const isWrong = isBlank.slice(firstBlank).includes(false);
          expect(result).toEqual(isWrong ? { code: 'MANIFEST_ENTRY_INVALID' } : { value: undefined });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of anything are objects, or an error with a code', async () => {
    const line = fc.oneof(
      junk,
      fc.dictionary(fc.constantFrom('a', 'b-ref', 'c'), fc.jsonValue()).map((it) => JSON.stringify(it)),
    );
    const bytes = fc.oneof(
      fc.array(line).map((it) => Buffer.from(it.join('\n'))),
      fc.uint8Array().map((it) => Buffer.from(it)),
    );
    const threads = leaseThreads(); // one thread for all runs
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom(['a'], ['a', 'b-ref'], ['c', 'a']), async (content, names) => {
        writeFileSync(scratch.path('m'), content);
        await outcome(() => readAll(augmentedManifestSource(scratch.path('m'), { attributeNames: names })));
      }),
      { numRuns: 150 },
    );
    await threads.release();
  });

  test.each(['[', '{"a":'])(
    'with a value that is nested deeply (%s) are sent, or an error with a code',
    async (open) => {
      const close = open.startsWith('[') ? ']' : '}';
      const value = open.repeat(100_000) + '1' + close.repeat(100_000);
      for (const name of ['v', 'v-ref']) {
        writeFileSync(scratch.path('m'), `{"${name}": ${value}}`);
        const source = augmentedManifestSource(scratch.path('m'), { attributeNames: [name] });
        const result = await outcome(() => readAll(source));
        if ('value' in result) expect(result.value[0]!.bytes.toString()).toBe(value);
        else expect(result.code).toBe('MANIFEST_ENTRY_INVALID');
      }
    },
  );
});

test('the text of a member is what stands between its colon and the comma or brace behind it', () => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 2 });
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'a"', 'a\\', '', '__proto__'),
    fc.string({ unit: 'grapheme' }),
  );
  const escaped = fc
    .tuple(name, fc.boolean())
    .map(([it, all]) =>
      all
        ? `"${Array.from({ length: it.length }, (_, i) => `\\u${it.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
        : JSON.stringify(it),
    );
  const value = fc
    .tuple(fc.jsonValue(), fc.nat(2))
    .map(([it, indent]) => JSON.stringify(it, undefined, indent))
    .chain((it) =>
      fc.constantFrom(it, '1.0', '1e400', '12345678901234567890', '"\\u0022,}"', '[{"a":"]}"}, 1]'),
    );
  const member = fc.tuple(space, escaped, space, space, value, space);
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), fc.nat(), (members, pick) => {
      const json = `{${members.map(([a, key, b, c, it, d]) => `${a}${key}${b}:${c}${it}${d}`).join(',')}}`;
      const wanted = JSON.parse(members[pick % members.length]![1]) as string;
      const last = members.filter(([, key]) => JSON.parse(key) === wanted).at(-1)!;
      expect(memberText(json, wanted)).toBe(last[4]);
    }),
    { numRuns: 1000 },
  );
});

describe('an S3 URI', () => {
  test('is read back as it was written', () => {
    const bucket = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{1,30}$/);
    fc.assert(
      fc.property(bucket, fc.string({ unit: 'binary' }), (name, prefix) => {
        expect(parseS3Uri(formatS3Uri(name, prefix))).toEqual({ bucket: name, prefix });
      }),
    );
  });

  test('of anything else is an error with a code', async () => {
    const almost = fc
      .tuple(fc.constantFrom('s3://', 's3:/', 's3:', 'S3://', ' s3://'), junk)
      .map((it) => it.join(''));
    await fc.assert(
      fc.asyncProperty(fc.oneof(junk, almost, fc.anything()), async (uri) => {
        const result = await outcome(() => parseS3Uri(uri as string));
        if ('code' in result) expect(result.code).toBe('S3_INVALID_URI');
        else
          expect(formatS3Uri(result.value.bucket, result.value.prefix).startsWith(uri as string)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a listing of S3', () => {
  const signal = new AbortController().signal;
  async function keysOf(Contents: object[], EncodingType?: string) {
    const send = () => Promise.resolve({ Contents, IsTruncated: false, EncodingType });
    const lease = await new Connection({ s3: { send, config: {} } as never }).lease(signal);
    const keys: string[] = [];
    for await (const { key } of listObjects(lease, { bucket: 'bucket', prefix: '' }, signal)) keys.push(key);
    return keys;
  }

  test('has the keys that were encoded, as URLs are or as forms are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (key) => {
        const encoded = encodeURIComponent(key);
        for (const it of [encoded, encoded.replaceAll('%20', '+'), encoded.replaceAll('%2F', '/')])
          expect(await keysOf([{ Key: it, Size: 1 }], 'url')).toEqual([key]);
        expect(await keysOf([{ Key: key, Size: 1 }])).toEqual([key]);
      }),
    );
  });

  test('of anything is keys, or an error with a code', async () => {
    const encoded = fc.string({
      unit: fc.constantFrom('%', '2', 'F', 'f', 'a', '+', 'ä', '\ud800'),
      maxLength: 8,
    });
    const entry = fc.record({
      Key: fc.option(encoded, { nil: undefined }),
      Size: fc.constantFrom(0, 1, undefined),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 3 }), async (entries) => {
        const result = await outcome(() => keysOf(entries, 'url'));
        if ('code' in result) expect(result.code).toMatch(/^S3_(REQUEST_FAILED|LIST_OUT_OF_ORDER)$/);
      }),
      { numRuns: 300 },
    );
  });

  test('with a key that is not encoded as it says is said to be wrong', async () => {
    await expect(keysOf([{ Key: 'a%zz', Size: 1 }], 'url')).rejects.toMatchObject({
      code: 'S3_REQUEST_FAILED',
      message: expect.stringContaining('has the key "a%zz", which is not encoded as it says') as string,
    });
  });
});
