import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import type { S3TestBackend } from '../support/s3-backends.js';
import { compareKeys } from '../../src/source/key-order.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { bytesOf, contextOf, firstOf, keysOf, readAll } from './source-helpers.js';

// In the order of their UTF-8 bytes, which is not that of JavaScript's strings for the last two.
const ODD_KEYS = [
  ' leading and trailing ',
  '!"$\'()*,:;=@[]^`{|}~',
  '%20',
  '+',
  'a b',
  'a#b?c&d',
  'a%2Fb',
  'a+b',
  'a//b',
  'a<b>&amp;',
  'back\\slash',
  'line\nbreak',
  'tab\tkey',
  'zürich/straße',
  '日本語',
  'ｆｕｌｌ－ｗｉｄｔｈ',
  '😀',
];

/** What every S3 server has to pass with {@link s3Source}. */
export function describeS3Source(name: string, connect: () => Promise<S3TestBackend>): void {
  describe(`s3Source on ${name}`, () => {
    let backend: S3TestBackend;

    beforeAll(async () => {
      backend = await connect();
    }, 60_000);
    afterAll(async () => {
      await backend.stop();
    }, 60_000);

    const put = (Key: string, Body: Uint8Array | string) =>
      backend.client.send(new PutObjectCommand({ Bucket: backend.bucket, Key, Body: Buffer.from(Body) }));
    const sourceOf = (prefix: string) => s3Source(`s3://${backend.bucket}/${prefix}`, { s3: backend.config });

    test('lists more keys than fit a page, in order, every epoch', async () => {
      const keys = Array.from({ length: 1_100 }, (_, i) => `pages/${String(i).padStart(4, '0')}`);
      for (let i = 0; i < keys.length; i += 20)
        await Promise.all(keys.slice(i, i + 20).map((key) => put(key, key)));
      const source = sourceOf('pages/');
      expect(await keysOf(source)).toEqual(keys);
      expect(await keysOf(source)).toEqual(keys);
      await source.close?.();
    }, 60_000);

    test('reads what has an odd key, in the order of UTF-8 bytes', async () => {
      expect([...ODD_KEYS].sort(compareKeys)).toEqual(ODD_KEYS);
      await Promise.all(ODD_KEYS.map((key) => put(`odd/${key}`, `content of ${key}`)));
      const source = sourceOf('odd/');
      const read = await readAll(source);
      expect(read.map(({ key }) => key)).toEqual(ODD_KEYS.map((key) => `odd/${key}`));
      expect(read.map(({ bytes }) => bytes.toString())).toEqual(ODD_KEYS.map((key) => `content of ${key}`));
      await source.close?.();
    });

    test('takes the prefix literally, with no slash implied', async () => {
      await Promise.all(
        ['p/a%20b', 'p/a b', 'p/a+b', 'p/ab', 'p', 'q'].map((key) => put(`literal/${key}`, 'x')),
      );
      expect(await keysOf(sourceOf('literal/p/a%20b'))).toEqual(['literal/p/a%20b']);
      expect(await keysOf(sourceOf('literal/p/a b'))).toEqual(['literal/p/a b']);
      expect(await keysOf(sourceOf('literal/p/a+'))).toEqual(['literal/p/a+b']);
      expect(await keysOf(sourceOf('literal/p'))).toEqual([
        'literal/p',
        'literal/p/a b',
        'literal/p/a%20b',
        'literal/p/a+b',
        'literal/p/ab',
      ]);
    });

    test('skips empty entries for folders, and no others', async () => {
      await put('folders/', '');
      await put('folders/a/', '');
      await put('folders/a/empty', '');
      await put('folders/b/', 'a slash, but content');
      const read = await readAll(sourceOf('folders/'));
      expect(read.map(({ key, bytes }) => [key, bytes.toString()])).toEqual([
        ['folders/a/empty', ''],
        ['folders/b/', 'a slash, but content'],
      ]);
    });

    test('delivers every byte of large objects, and sizes', async () => {
      const sizes = [1, 65_536, 5_000_001];
      const bodies = sizes.map((size) => randomBytes(size));
      await Promise.all(bodies.map((body, i) => put(`sizes/${i}`, body)));
      const read = await readAll(sourceOf('sizes/'));
      expect(read.map(({ size }) => size)).toEqual(sizes);
      expect(read.map(({ bytes }) => sha256(bytes))).toEqual(bodies.map(sha256));
    });

    test('reads what was uploaded in parts', async () => {
      const body = randomBytes(12_000_000);
      const params = {
        Bucket: backend.bucket,
        Key: 'multipart/object',
        Body: Readable.from(slices(body, 1_000_000)),
      };
      await new Upload({ client: backend.client, params }).done();
      const [read] = await readAll(sourceOf('multipart/'));
      expect(read?.size).toBe(body.length);
      expect(sha256(read!.bytes)).toBe(sha256(body));
    }, 60_000);

    test('finds the first object early, and says where there is none', async () => {
      await put('found/object', 'x');
      await put('only-folders/', '');
      await sourceOf('found/').check?.(contextOf());
      for (const prefix of ['nothing/', 'only-folders/', 'Found/']) {
        const error = await rejection(sourceOf(prefix).check?.(contextOf()));
        expect(error.code).toBe('SOURCE_EMPTY');
        expect(error.message).toContain(`s3://${backend.bucket}/${prefix}`);
      }
    });

    test('fails when an object changed after it was listed', async () => {
      await put('changed/object', 'the first version');
      const object = await firstOf(sourceOf('changed/'));
      await put('changed/object', 'another one, as it should not be');
      const error = await rejection(bytesOf(object));
      expect(error.code).toBe('SOURCE_CHANGED');
      expect(error.message).toContain(`s3://${backend.bucket}/changed/object changed`);
      expect(error.key).toBe('changed/object');
    });

    test('fails when an object vanished after it was listed', async () => {
      await put('vanished/object', 'here');
      const object = await firstOf(sourceOf('vanished/'));
      await backend.client.send(new DeleteObjectCommand({ Bucket: backend.bucket, Key: 'vanished/object' }));
      const error = await rejection(bytesOf(object));
      expect(error.code).toBe('SOURCE_VANISHED');
      expect(error.message).toContain(`s3://${backend.bucket}/vanished/object`);
    });

    test('says which bucket there is not', async () => {
      const source = s3Source('s3://no-such-bucket-here/x', { s3: backend.config });
      const error = await rejection(source.check?.(contextOf()));
      expect(error.code).toBe('S3_NO_SUCH_BUCKET');
      expect(error.message).toContain('"no-such-bucket-here"');
      expect(error.message).toContain(backend.config.endpoint);
    });

    test.each([
      ['secret', { accessKeyId: 'test', secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
      ['access key', { accessKeyId: 'nobody', secretAccessKey: 'testing' }, 'InvalidAccessKeyId'],
    ])('is refused with a wrong %s', async (_, credentials, name) => {
      const source = s3Source(`s3://${backend.bucket}/x`, { s3: { ...backend.config, credentials } });
      const error = await rejection(source.check?.(contextOf()));
      expect(error.code).toBe('S3_ACCESS_DENIED');
      expect(error.message).toContain(`s3://${backend.bucket}/x`);
      expect(error.message).toContain(name);
    });

    test('can be left in the middle of an object, and read again', async () => {
      const body = randomBytes(8_000_000);
      await put('left/object', body);
      const source = sourceOf('left/');
      for await (const object of source.objects(contextOf())) {
        for await (const chunk of object.open(contextOf())) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
        break;
      }
      const [read] = await readAll(source);
      expect(sha256(read!.bytes)).toBe(sha256(body));
      await source.close?.();
    });
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function* slices(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
