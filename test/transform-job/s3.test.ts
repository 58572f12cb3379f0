import { gzipSync } from 'node:zlib';

import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { s3Backends, type S3TestBackend } from '../support/s3-backends.js';
import { FAULTY, UPPER_CASE } from './support/servers.js';
import { failureOf, useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

describe.each(s3Backends)('with all of it in S3: %s', (_, connect) => {
  let backend: S3TestBackend;
  beforeEach(async () => {
    backend = await connect();
  });
  afterEach(() => backend.stop());

  const put = async (objects: Readonly<Record<string, string | Uint8Array>>) => {
    for (const [Key, Body] of Object.entries(objects))
      await backend.client.send(new PutObjectCommand({ Bucket: backend.bucket, Key, Body }));
  };

  async function outputs(prefix: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const { client, bucket: Bucket } = backend;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
      for (const { Key } of Contents) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        found[Key!] = await Body!.transformToString();
      }
    }
    return found;
  }

  const start = (S3Uri: string, more: Parameters<typeof transforms.start>[0] = {}, program = UPPER_CASE) =>
    transforms.start(
      { uri: S3Uri, ...more, output: { S3OutputPath: `s3://${backend.bucket}/out`, ...more.output } },
      program,
      { s3: backend.config },
    );

  test('the objects of a prefix, compressed', async () => {
    await put({ 'in/a.gz': gzipSync('a\nb\n'), 'in/b/c.gz': gzipSync('c\n'), 'in2/d': 'x' });
    await using job = start(`s3://${backend.bucket}/in/`, {
      input: { CompressionType: 'Gzip', SplitType: 'Line' },
      MaxConcurrentTransforms: 3,
    });
    const located: string[] = [];
    job.on('object', ({ output }) => located.push(output));
    expect(await job.finished()).toMatchObject({ objects: 2, output: `s3://${backend.bucket}/out` });
    expect(await outputs('out')).toEqual({ 'out/a.gz.out': 'A\nB\n', 'out/b/c.gz.out': 'C\n' });
    expect(located.sort()).toEqual([
      `s3://${backend.bucket}/out/a.gz.out`,
      `s3://${backend.bucket}/out/b/c.gz.out`,
    ]);
  });

  test('outputs below the prefix are no input', async () => {
    await put({ 'in/a': 'a\n', 'in/out/old.out': 'x', 'in/z': 'z\n' });
    await using job = start(`s3://${backend.bucket}/in/`, {
      output: { S3OutputPath: `s3://${backend.bucket}/in/out` },
    });
    expect(await job.finished()).toMatchObject({ objects: 2 });
    expect(Object.keys(await outputs('in/out/'))).toEqual(['in/out/a.out', 'in/out/old.out', 'in/out/z.out']);
  });

  test('two objects do not have one output', async () => {
    await put({ 'part/part-0': 'a\n', 'part-0': 'b\n' });
    await using job = start(`s3://${backend.bucket}/part`);
    const error = await failureOf(job);
    expect(error.cause).toMatchObject({ code: 'UNSAFE_KEY' });
    expect(error.message).toContain('may have the same output');
  });

  test('those of a manifest, and not those of a failed one', async () => {
    const manifest = [{ prefix: `s3://${backend.bucket}/in/` }, 'good', 'x/bad', 'x/y/good'];
    await put({
      'list.json': JSON.stringify(manifest),
      'in/good': 'a\n',
      'in/x/bad': '[415]\n',
      'in/x/y/good': 'b\n',
      'out/x/bad.out': 'of an earlier job',
    });
    await using job = start(`s3://${backend.bucket}/list.json`, { dataType: 'ManifestFile' }, FAULTY);
    expect(await failureOf(job)).toMatchObject({ originalStatusCode: 415, result: { objects: 2 } });
    expect(await outputs('out')).toEqual({
      'out/good.out': 'a\n',
      'out/x/bad.out': 'of an earlier job',
      'out/x/y/good.out': 'b\n',
    });
  });

  test('a destination that is not there', async () => {
    await put({ 'in/a': 'a' });
    await using job = start(`s3://${backend.bucket}/in/`, {
      output: { S3OutputPath: 's3://no-such-bucket-here/out' },
    });
    const error = await failureOf(job);
    expect(error.cause).toMatchObject({ code: 'S3_NO_SUCH_BUCKET' });
    expect(error.result.failedObjects).toBe(0);
  });
});
