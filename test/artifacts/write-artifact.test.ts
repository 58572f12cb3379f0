import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { unpackArchive } from '../../src/archive/unpack/unpack-archive.js';
import { type ArtifactOptions, writeArtifact } from '../../src/artifacts/write-artifact.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { noise } from '../support/bytes.js';
import { rejection } from '../support/expected-errors.js';
import type { Fault, Operation } from '../support/s3-server/faults.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { describeTree } from '../archive/support/trees.js';
import { readAll } from '../source/source-helpers.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
let server: S3Server;
let model: string;

beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
  model =
    scratch.files({ 'model/weights': noise(100_000), 'model/sub/ü': 'unicode', 'model/empty': '' }) +
    '/model';
});
afterEach(async () => {
  await server.idle(); // whatever happened, no connection is left
  await server.stop();
});

const write = (to: string, options: Partial<ArtifactOptions> = {}) =>
  writeArtifact(model, to, { name: 'model', s3: server.clientConfig, ...options });
const operations = () => server.seen.map(({ operation }) => operation);
const inBucket = async (prefix = '') => {
  const source = s3Source(`s3://bucket/${prefix}`, { s3: server.clientConfig });
  try {
    return await readAll(source);
  } catch {
    return []; // SOURCE_EMPTY
  } finally {
    await source.close?.();
  }
};
const keys = async () => (await inBucket()).map(({ key }) => key);
const large = () => writeFileSync(`${model}/weights`, noise(30 * MIB));

test.each(['s3://bucket/jobs/one/output', 's3://bucket/jobs/one/output/'])(
  'writes model.tar.gz to %s',
  async (to) => {
    const { location, bytes, leftOut } = await write(to);
    expect({ location, leftOut }).toEqual({
      location: 's3://bucket/jobs/one/output/model.tar.gz',
      leftOut: [],
    });
    const [object] = await inBucket();
    expect(object?.key).toBe('jobs/one/output/model.tar.gz');
    expect(object?.bytes.length).toBe(bytes);
    await unpackArchive(one(object!.bytes), scratch.path('out'));
    expect(describeTree(scratch.path('out'))).toEqual(describeTree(model));
  },
);

async function* one(bytes: Uint8Array) {
  yield bytes;
}

test('a bucket without a prefix is a destination too', async () => {
  expect((await write('s3://bucket')).location).toBe('s3://bucket/model.tar.gz');
  expect(await keys()).toEqual(['model.tar.gz']);
});

test('a large one goes in parts, and each part again if that fails', async () => {
  large();
  server.faults.add(
    ...[2, 3].map(() => ({
      operation: 'UploadPart' as const,
      fault: { kind: 'answer', status: 503, code: 'SlowDown' } as const,
    })),
    { operation: 'CompleteMultipartUpload', fault: { kind: 'answer', status: 500, code: 'InternalError' } },
  );
  await write('s3://bucket/x', { level: 0 });
  expect(operations().filter((each) => each === 'UploadPart')).toHaveLength(4 + 2);
  const [object] = await inBucket();
  await unpackArchive(one(object!.bytes), scratch.path('out'));
  expect(describeTree(scratch.path('out'))).toEqual(describeTree(model));
});

test.each<[Operation, string, Fault]>([
  ['UploadPart', 'S3_ACCESS_DENIED', { kind: 'answer', status: 403, code: 'AccessDenied' }],
  ['UploadPart', 'S3_REQUEST_FAILED', { kind: 'answer', status: 500, code: 'InternalError' }],
  ['CompleteMultipartUpload', 'S3_REQUEST_FAILED', { kind: 'answer', status: 400, code: 'InvalidPart' }],
])('a failed %s (%s) leaves no parts', async (operation, code, fault) => {
  large();
  server.faults.add({ operation, fault, times: Infinity });
  const error = await rejection(write('s3://bucket/x', { level: 0 }));
  expect(error).toMatchObject({ code, key: 'x/model.tar.gz' });
  expect(error.message).toMatch(/^Writing s3:\/\/bucket\/x\/model.tar.gz failed/);
  expect(operations().at(-1)).toBe('AbortMultipartUpload');
  server.faults.clear();
  expect(await keys()).toEqual([]);
});

test.each<[string, Partial<ArtifactOptions>, string, RegExp]>([
  ['s3://missing/x', {}, 'S3_NO_SUCH_BUCKET', /no bucket "missing"/],
  ['s3://missing/x', { compression: 'NONE' }, 'S3_NO_SUCH_BUCKET', /no bucket "missing"/],
  ['https://bucket/x', {}, 'INVALID_OPTION', /destination/],
  ['s3:/x', {}, 'S3_INVALID_URI', /s3:\/x/],
])('%s with %j is %s', async (to, options, code, message) => {
  const error = await rejection(write(to, options));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test('denied is said to need s3:PutObject', async () => {
  server.faults.add({ operation: 'PutObject', fault: { kind: 'answer', status: 403, code: 'AccessDenied' } });
  expect((await rejection(write('s3://bucket/x'))).message).toContain('s3:PutObject');
});

test('a directory that changes fails, and leaves no parts', async () => {
  large();
  let changed = false;
  const onProgress = () => {
    if (!changed) writeFileSync(`${model}/weights`, 'other');
    changed = true;
  };
  const error = await rejection(write('s3://bucket/x', { level: 0, onProgress }));
  expect(error).toMatchObject({ code: 'ARCHIVE_SOURCE_CHANGED', path: `${model}/weights` });
  expect(await keys()).toEqual([]);
  expect(operations()).not.toContain('PutObject');
});

test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const)(
  'aborted at %s, it leaves no parts',
  async (operation) => {
    large();
    const controller = new AbortController();
    const reason = new Error('enough');
    server.faults.add({ operation, then: () => controller.abort(reason) });
    const writing = write('s3://bucket/x', { level: 0, signal: controller.signal });
    if (operation === 'CompleteMultipartUpload') {
      await writing; // too late: it is there as a whole
      expect(await keys()).toEqual(['x/model.tar.gz']);
      return;
    }
    expect(await rejection(writing)).toMatchObject({ code: 'ABORTED', cause: reason });
    expect(operations().at(-1)).toBe('AbortMultipartUpload');
    expect(await keys()).toEqual([]);
  },
);

test('uncompressed, every file is an object, and a link what it leads to', async () => {
  symlinkSync('weights', `${model}/link`);
  execFileSync('mkfifo', [`${model}/fifo`]);
  const seen: unknown[] = [];
  const { location, leftOut } = await write('s3://bucket/x', {
    compression: 'NONE',
    onProgress: (p) => seen.push(p),
  });
  expect(location).toBe('s3://bucket/x/model/');
  const objects = await inBucket();
  expect(objects.map(({ key }) => key)).toEqual([
    'x/model/empty',
    'x/model/link',
    'x/model/sub/ü',
    'x/model/weights',
  ]);
  expect(Buffer.compare(objects[1]!.bytes, noise(100_000))).toBe(0);
  expect(leftOut).toEqual([{ name: 'fifo', what: 'not a regular file' }]);
  expect(seen.at(-1)).toEqual({ entries: 4, bytes: 200_007 });
});

test('uncompressed, what is not the directory’s own stays where it is', async () => {
  symlinkSync('/etc/hostname', `${model}/out`);
  symlinkSync('../../../../../../etc', `${model}/up`);
  symlinkSync('gone', `${model}/gone`);
  symlinkSync(model, `${model}/sub/above`);
  const { leftOut } = await write('s3://bucket/x', { compression: 'NONE' });
  expect(await keys()).toEqual(['x/model/empty', 'x/model/sub/ü', 'x/model/weights']);
  const nowhere = `a symbolic link that leads nowhere, or out of ${model}`;
  expect(Object.fromEntries(leftOut.map(({ name, what }) => [name, what]))).toEqual({
    out: nowhere,
    up: nowhere,
    gone: nowhere,
    'sub/above': 'a symbolic link to a directory above it',
  });
});

test('uncompressed, a failure leaves no object', async () => {
  for (let n = 0; n < 40; n++) writeFileSync(`${model}/${n}`, 'x');
  server.faults.add({
    operation: 'PutObject',
    key: 'x/model/30',
    times: Infinity,
    fault: { kind: 'answer', status: 403, code: 'AccessDenied' },
  });
  expect(await rejection(write('s3://bucket/x', { compression: 'NONE' }))).toMatchObject({
    key: 'x/model/30',
  });
  expect(await keys()).toEqual([]);
  expect(operations()).toContain('DeleteObject');
});

test.each([false, true])('writes into a directory, given as a URL: %s', async (asUrl) => {
  const to = scratch.path('out', 'deep');
  const { location } = await write(asUrl ? pathToFileURL(to).href : to);
  expect(location).toBe(`${to}/model.tar.gz`);
  await write(to); // in the place of the first
  expect(readdirSync(to)).toEqual(['model.tar.gz']);
  await unpackArchive(location, scratch.path('unpacked'));
  expect(describeTree(scratch.path('unpacked'))).toEqual(describeTree(model));
});

test('uncompressed, it copies the directory, links that lead out of it too', async () => {
  symlinkSync('/etc/hostname', `${model}/out`);
  const to = scratch.path('out');
  expect((await write(to, { compression: 'NONE' })).location).toBe(`${to}/model/`);
  expect(describeTree(`${to}/model`)).toEqual(describeTree(model));
  expect(readdirSync(to)).toEqual(['model']);
  const error = await rejection(write(to, { compression: 'NONE' }));
  expect(error).toMatchObject({ code: 'ARTIFACT_NOT_WRITTEN', path: `${to}/model` });
  expect(readdirSync(to)).toEqual(['model']);
});

test.each(['GZIP', 'NONE'] as const)('a full disk leaves nothing behind (%s)', async (compression) => {
  const to = scratch.path('small');
  mkdirSync(to);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', to]);
  try {
    writeFileSync(`${model}/weights`, noise(3 * MIB));
    const error = await rejection(write(to, { compression, level: 0 }));
    expect(error.code).toBe('ARTIFACT_NOT_WRITTEN');
    expect(error.message).toMatch(/\(ENOSPC\).*is full/);
    expect(readdirSync(to)).toEqual([]);
  } finally {
    execFileSync('umount', [to]);
  }
});

test.each(['GZIP', 'NONE'] as const)(
  'aborted, it leaves nothing behind and what was there (%s)',
  async (compression) => {
    large();
    const to = scratch.path('out');
    await writeArtifact(`${model}/sub`, to, { name: 'model' });
    const before = readFileSync(`${to}/model.tar.gz`);
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    const error = await rejection(write(to, { compression, signal: controller.signal, onProgress }));
    expect(error).toMatchObject({ code: 'ABORTED', cause: reason });
    expect(readdirSync(to)).toEqual(['model.tar.gz']);
    expect(readFileSync(`${to}/model.tar.gz`).equals(before)).toBe(true);
  },
);

test('aborted before it begins, nothing is made', async () => {
  const error = await rejection(write(scratch.path('out'), { signal: AbortSignal.abort() }));
  expect(error.code).toBe('ABORTED');
  expect(existsSync(scratch.path('out'))).toBe(false);
});
