import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Endpoint } from 'sagemaker-pipe-mode/serving';
import { runTrainingJob } from 'sagemaker-pipe-mode/training';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { s3Backends, type S3TestBackend } from '../support/s3-backends.js';
import { startS3Server } from '../support/s3-server.js';
import { createImpatiently } from './support/create-impatiently.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

/** What the server sees in /opt/ml/model. */
async function modelOf(endpoint: Endpoint): Promise<unknown> {
  return ((await (await endpoint.invoke('x')).json()) as { model: unknown }).model;
}

function archive(): string {
  const directory = endpoints.files({ 'm/weights': 'original', 'm/code/a.py': '' });
  execFileSync('tar', ['-czf', `${directory}/model.tar.gz`, '-C', `${directory}/m`, '.']);
  return `${directory}/model.tar.gz`;
}

describe('a model', () => {
  test('is an archive, by its path, a file:// URL, or a path that starts at baseDir', async () => {
    const path = archive();
    for (const ModelDataUrl of [path, pathToFileURL(path), pathToFileURL(path).href]) {
      await using endpoint = await endpoints.node({ ModelDataUrl });
      expect(await modelOf(endpoint)).toEqual(['code', 'weights']);
    }
    const request = { ModelDataUrl: './model.tar.gz' };
    await using endpoint = await endpoints.node(request, { baseDir: endpoints.dir });
    expect(await modelOf(endpoint)).toEqual(['code', 'weights']);
  });

  test('is a directory, of which a server has a copy', async () => {
    archive();
    const ModelDataUrl = endpoints.path('m');
    await using endpoint = await endpoints.node({ ModelDataUrl, InitialInstanceCount: 2 });
    expect(await modelOf(endpoint)).toEqual(['code', 'weights']);
    const { instance } = await endpoint.invoke('', { contentType: 'write' });
    const other = instance === 'instance-1' ? 'instance-2' : 'instance-1';
    const weightsOf = (name: string) => readFileSync(`${endpoint.directory}/${name}/model/weights`, 'utf8');
    expect([weightsOf(instance), weightsOf(other)]).toEqual(['changed', 'original']);
    expect(readFileSync(endpoints.path('m/weights'), 'utf8')).toBe('original');
  });

  test('is what a training job has come to', async () => {
    const command = ['sh', '-c', 'echo 3 > /opt/ml/model/weights'];
    await using result = await runTrainingJob({}, { command });
    await using endpoint = await endpoints.node({ ModelDataUrl: result });
    expect(await modelOf(endpoint)).toEqual(['weights']);
    const linked = ['sh', '-c', 'rmdir /opt/ml/model && ln -s /etc /opt/ml/model'];
    await using escaped = await runTrainingJob({}, { command: linked });
    expect(await rejection(endpoints.node({ ModelDataUrl: escaped }))).toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });

  test('is a ModelDataSource', async () => {
    const S3Uri = archive();
    const gzip = { S3Uri, S3DataType: 'S3Object', CompressionType: 'Gzip' } as const;
    const none = { S3Uri: endpoints.path('m'), S3DataType: 'S3Prefix', CompressionType: 'None' } as const;
    for (const S3DataSource of [gzip, none]) {
      await using endpoint = await endpoints.node({ ModelDataSource: { S3DataSource } });
      expect(await modelOf(endpoint)).toEqual(['code', 'weights']);
    }
  });

  test('that is not there, or tries to leave, is refused, and nothing is left', async () => {
    const missing = endpoints.node({ ModelDataUrl: endpoints.path('none.tar.gz') });
    expect(await rejection(missing)).toMatchObject({ code: 'MODEL_NOT_FOUND' });
    const directory = endpoints.files({ secret: 'x', 'b/c': '' });
    execFileSync('tar', ['-czPf', `${directory}/bad.tar.gz`, '-C', `${directory}/b`, '../secret']);
    const leaving = endpoints.node({ ModelDataUrl: `${directory}/bad.tar.gz` });
    expect(await rejection(leaving)).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    const both = endpoints.node({
      ModelDataUrl: '/x',
      ModelDataSource: {
        S3DataSource: { S3Uri: '/x', S3DataType: 'S3Object', CompressionType: 'Gzip' },
      },
    });
    expect(await rejection(both)).toMatchObject({ problems: [{ path: 'ModelDataSource' }] });
  });
});

test.each([
  ['an archive', 'model.tar.gz'],
  ['a prefix', 'files/'],
])('a model that is not here in time is told from one that is not wanted any more: %s', async (_, key) => {
  await using server = await startS3Server();
  server.createBucket('models');
  server.put('models', 'model.tar.gz', 'x');
  server.faults.add({ times: Infinity, fault: { kind: 'stall', afterBytes: 0 } });
  const request = { ModelDataUrl: `s3://models/${key}` };
  await using endpoint = createImpatiently(300, request, { s3: server.clientConfig });
  const error = await rejection(endpoint.start());
  expect(error.code).toBe('MODEL_DOWNLOAD_TIMED_OUT');
  expect(error.message).toContain('within 0.3 s (ModelDataDownloadTimeoutInSeconds)');
});

describe.each(s3Backends)('a model in S3: %s', (_, connect) => {
  let backend: S3TestBackend;
  beforeEach(async () => {
    backend = await connect();
  });
  afterEach(() => backend.stop());

  test('is an archive, or all below a prefix', async () => {
    const { bucket: Bucket, client, config: s3 } = backend;
    const put = (Key: string, Body: string | Buffer) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body }));
    await put('model.tar.gz', readFileSync(archive()));
    await put('files/weights', '1');
    await put('files/code/a.py', Buffer.alloc(0));
    for (const key of ['model.tar.gz', 'files/']) {
      await using endpoint = await endpoints.node({ ModelDataUrl: `s3://${Bucket}/${key}` }, { s3 });
      expect(await modelOf(endpoint)).toEqual(['code', 'weights']);
    }
    const missing = endpoints.node({ ModelDataUrl: `s3://${Bucket}/none.tar.gz` }, { s3 });
    expect(await rejection(missing)).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });
});
