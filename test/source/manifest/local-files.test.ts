import { writeFileSync } from 'node:fs';

import { createChannel, fromChannel } from 'sagemaker-pipe-mode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { augmentedManifestSource } from '../../../src/source/manifest/augmented-source.js';
import { manifestSource } from '../../../src/source/manifest/manifest-source.js';
import type { ManifestOptions } from '../../../src/source/manifest/options.js';
import { rejection } from '../../support/expected-errors.js';
import { fifosBelow } from '../../support/leftovers.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';
import { useScratch } from '../../support/scratch.js';
import { check, keysOf, readAll } from '../source-helpers.js';

const scratch = useScratch();
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
  server.put('bucket', 'object', 'from S3');
});
afterAll(() => server.stop());

const attributeNames = ['x-ref'];

/** A manifest of each kind in S3, whose only entry names this file. */
const inS3 = {
  ManifestFile: (path: string, options: ManifestOptions = {}) => {
    server.put('bucket', 'm', JSON.stringify([{ prefix: path.slice(0, -1) }, path.slice(-1)]));
    return manifestSource('s3://bucket/m', { s3: server.clientConfig, ...options });
  },
  AugmentedManifestFile: (path: string, options: ManifestOptions = {}) => {
    server.put('bucket', 'm', JSON.stringify({ 'x-ref': path }));
    return augmentedManifestSource('s3://bucket/m', { attributeNames, s3: server.clientConfig, ...options });
  },
} as const;
const types = ['ManifestFile', 'AugmentedManifestFile'] as const;

describe.each(types)('a manifest in S3 (%s)', (type) => {
  test.each([
    ['a path', () => scratch.path('secret')],
    ['a file:// URL', () => `file://${scratch.path('secret')}`],
    ['a FILE:// URL', () => `FILE://${scratch.path('secret')}`],
    ['a file: URL', () => `file:${scratch.path('secret')}`],
    ['a URL of localhost', () => `file://localhost${scratch.path('secret')}`],
    ['a relative path', () => 'secret'],
    ['a relative path upwards', () => `../../../../../../../..${scratch.path('secret')}`],
    ['a path with a double slash', () => `/${scratch.path('secret')}`],
  ])('may not name a file of this machine by %s', async (_how, path) => {
    scratch.files({ secret: 'not to be sent' });
    for (const options of [{}, { allowLocalFiles: false }, { allowLocalFiles: undefined }]) {
      const source = inS3[type](path(), options);
      for (const failing of [check(source), keysOf(source)]) {
        const error = await rejection(failing);
        expect(error).toMatchObject({ code: 'MANIFEST_ENTRY_INVALID', key: 'm' });
        expect(error.message).toMatch(/^In the manifest s3:\/\/bucket\/m, (entry 0|line 1) has /);
        expect(error.message).toContain('may name objects in S3 only');
        expect(error.message).toContain('`allowLocalFiles: true`');
      }
      await source.close?.();
    }
  });

  test('may name files if the caller says so', async () => {
    scratch.files({ data: 'x' });
    const source = inS3[type](scratch.path('data'), { allowLocalFiles: true });
    await check(source);
    expect((await readAll(source)).map(({ bytes }) => bytes.toString())).toEqual(['x']);
    await source.close?.();
  });

  test('may not name files when it comes from fromChannel', async () => {
    scratch.files({ secret: 'not to be sent' });
    await inS3[type](scratch.path('secret')).close?.();
    const options = fromChannel(
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: {
            S3DataType: type,
            S3Uri: 's3://bucket/m',
            ...(type === 'AugmentedManifestFile' && { AttributeNames: attributeNames }),
          },
        },
      },
      { dest: scratch.dest, s3: server.clientConfig },
    );
    await using channel = createChannel(options);
    await expect(channel.start()).rejects.toMatchObject({ code: 'MANIFEST_ENTRY_INVALID' });
    expect(fifosBelow(scratch.dest)).toEqual([]);
  });

  test('refuses another value than a boolean', async () => {
    const options = { allowLocalFiles: 'no' } as unknown as ManifestOptions;
    const error = await rejection((async () => inS3[type]('/x', options))());
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain('`allowLocalFiles`');
  });
});

test('a manifest on this machine may name files anywhere, and objects in S3', async () => {
  const dir = scratch.files({ 'sub/data': 'here', above: 'above' });
  const lines = [{ 'x-ref': 'data' }, { 'x-ref': '../above' }, { 'x-ref': `${dir}/above` }].concat({
    'x-ref': 's3://bucket/object',
  });
  scratch.files({ 'sub/m': lines.map((line) => JSON.stringify(line)).join('\n') });
  const source = augmentedManifestSource(`${dir}/sub/m`, { attributeNames, s3: server.clientConfig });
  expect((await readAll(source)).map(({ bytes }) => bytes.toString())).toEqual([
    'here',
    'above',
    'above',
    'from S3',
  ]);
  await source.close?.();
});

test('a path in a manifest that may be that of another file, whose name is no UTF-8, is refused', async () => {
  scratch.files({ 'a\uFFFD': 'twin', 'm.json': JSON.stringify([{ prefix: './' }, 'a\uFFFD']) });
  const source = manifestSource(scratch.path('m.json'));
  expect((await readAll(source)).map(({ bytes }) => bytes.toString())).toEqual(['twin']);
  writeFileSync(Buffer.concat([Buffer.from(scratch.path('a')), Buffer.from([0xff])]), 'not to be sent');
  const error = await rejection(readAll(source));
  expect(error.code).toBe('SOURCE_UNREADABLE');
  expect(error.message).toContain('entry 1');
  expect(error.message).toContain('a\\xff" is not valid UTF-8');
});
