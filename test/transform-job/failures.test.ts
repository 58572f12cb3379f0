import { startTransformJob, TransformJobError } from 'sagemaker-pipe-mode/serving';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { FAULTY } from './support/servers.js';
import { failureOf, useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

const LINES = { input: { SplitType: 'Line', ContentType: 'text/plain' } } as const;

test('a record that the model refuses: its object has no output, others have theirs, and the job fails', async () => {
  transforms.put({ a: 'x\n', b: 'one\ntwo\n[415]\nfour\n', c: 'y\n' });
  await using job = transforms.start({ ...LINES, BatchStrategy: 'SingleRecord' }, FAULTY);
  const failed: unknown[] = [];
  job.on('objectFailed', ({ key }) => failed.push(key));
  const error = await failureOf(job);
  expect(transforms.written()).toEqual({ 'a.out': 'x', 'c.out': 'y' });
  expect(failed).toEqual(['b']);
  expect(error).toMatchObject({
    code: 'TRANSFORM_JOB_FAILED',
    name: 'TransformJobError',
    jobName: job.name,
    key: 'b',
    record: 2,
    offset: 8,
    originalStatusCode: 415,
    originalMessage: 'no 415',
    failureReason: expect.stringMatching(/^ClientError: Received client error \(415\)/),
    result: { status: 'Failed', objects: 2, failedObjects: 1, retries: 0 },
  });
  expect(error.failures).toMatchObject([{ key: 'b', record: 2, records: 1, offset: 8, attempts: 1 }]);
  expect(error.message).toContain('1 of 3 objects could not be transformed');
  expect(error.message).toContain('"b", record 2 (counted from 0), at byte 8: ');
  expect(error.message).toContain('with message "no 415"');
  expect(error.message).toContain('  fails: 415');
  expect(job.describe()).toMatchObject({ TransformJobStatus: 'Failed', FailureReason: error.failureReason });
  expect(job.status).toBe('Failed');
  expect(error).toBeInstanceOf(TransformJobError);
});

test('of several records in a payload the error names all, and where they begin', async () => {
  transforms.put({ a: `${'x'.repeat(700_000)}\n${'y'.repeat(700_000)}\n[400]\nz\n` });
  await using job = transforms.start({ ...LINES, MaxPayloadInMB: 1 }, FAULTY);
  const error = await failureOf(job);
  expect(error.failures).toMatchObject([{ key: 'a', record: 1, records: 3, offset: 700_001 }]);
  expect(error.message).toContain('"a", records 1 to 3 (counted from 0), at byte 700001: ');
});

describe('what may go better the next time is asked again', () => {
  test.each(['503:2', '429:1', 'reset:3', 'halves:1', 'die:1'])('%s', async (fault) => {
    transforms.put({ a: `one\n[${fault}]\nthree\n` });
    await using job = transforms.start(
      { ...LINES, BatchStrategy: 'SingleRecord', MaxConcurrentTransforms: 2 },
      FAULTY,
    );
    const { retries, requests } = await job.finished();
    const [, times] = fault.split(':');
    expect(retries).toBeGreaterThanOrEqual(Number(times));
    expect(requests).toBe(3 + retries);
    expect(transforms.written()).toEqual({ 'a.out': `one[${fault}]three` });
  });

  test.each([
    ['500', 0, 1],
    ['503', 1, 2],
    ['reset', 2, 3],
    ['404', 3, 1],
  ])('%s, with up to %i retries: asked %i times', async (fault, InvocationsMaxRetries, attempts) => {
    transforms.put({ a: `[${fault}]\n` });
    await using job = transforms.start({ ...LINES, ModelClientConfig: { InvocationsMaxRetries } }, FAULTY);
    const error = await failureOf(job);
    expect(error.failures).toMatchObject([{ attempts }]);
    expect(error.result.requests).toBe(attempts);
    if (attempts > 1) expect(error.message).toContain(`Asked ${attempts} times.`);
  });

  test('a server that does not answer in time', async () => {
    transforms.put({ a: '[hang]\n', b: '[hang:1]\n' });
    const ModelClientConfig = { InvocationsTimeoutInSeconds: 1, InvocationsMaxRetries: 1 };
    await using job = transforms.start({ ...LINES, ModelClientConfig, MaxConcurrentTransforms: 2 }, FAULTY);
    const error = await failureOf(job);
    expect(error).toMatchObject({ key: 'a', originalStatusCode: 0 });
    expect(error.failures).toMatchObject([
      { key: 'a', attempts: 2, error: { code: 'INVOCATION_TIMED_OUT' } },
    ]);
    expect(error.message).toContain('`ModelClientConfig.InvocationsTimeoutInSeconds`');
    expect(error.failureReason).toMatch(/^AlgorithmError: /);
    expect(transforms.written()).toEqual({ 'b.out': '[hang:1]\n' });
  });

  test('a whole object that is streamed begins anew', async () => {
    transforms.put({ a: 'x'.repeat(100_000) + '[503:1]', b: '[halves:2]', c: '[415]' });
    await using job = transforms.start({ MaxPayloadInMB: 0 }, FAULTY);
    const error = await failureOf(job);
    expect(error.failures).toMatchObject([
      { key: 'c', record: 0, offset: 0, attempts: 1, originalStatusCode: 415 },
    ]);
    expect(error.result).toMatchObject({ objects: 2, retries: 3 });
    expect(transforms.written()).toEqual({ 'a.out': 'x'.repeat(100_000) + '[503:1]', 'b.out': '[halves:2]' });
  });
});

test('what is streamed and cannot be read is not the fault of a record, and nothing of it is left open', async () => {
  transforms.put({
    'a.gz': Buffer.concat([gzipSync(randomBytes(1_000_000)).subarray(0, 500_000)]),
    'b.gz': gzipSync('b'),
  });
  await using job = transforms.start({ MaxPayloadInMB: 0, input: { CompressionType: 'Gzip' } }, FAULTY);
  const error = await failureOf(job);
  expect(error.failures).toMatchObject([
    { key: 'a.gz', record: undefined, error: { code: 'GZIP_TRUNCATED' } },
  ]);
  expect(error.result).toMatchObject({ objects: 1, records: 1, inputBytes: 1, retries: 0 });
});

test('what is streamed to a server that does not accept it is left', async () => {
  const deaf = `
    const server = require('node:http').createServer((request, response) => {
      response.end();
      if (request.url === '/execution-parameters') server.close(), server.closeAllConnections();
    }).listen(8080);
    process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;
  transforms.put({ a: 'x'.repeat(5_000_000) });
  const ModelClientConfig = { InvocationsMaxRetries: 1 };
  await using job = transforms.start({ MaxPayloadInMB: 0, ModelClientConfig }, deaf, {
    healthCheckIntervalMs: 1e9,
  });
  const error = await failureOf(job);
  expect(error.failures).toMatchObject([{ key: 'a', attempts: 2, error: { code: 'INVOCATION_FAILED' } }]);
}); // the descriptors of this process are looked at after each test

test('an answer that is longer than one may be', async () => {
  transforms.put({ a: '[long]\n' });
  await using job = transforms.start(LINES, FAULTY, { maxAnswerBytes: 50_000 });
  const error = await failureOf(job);
  expect(error.failures).toMatchObject([{ attempts: 1, error: { code: 'ANSWER_INVALID' } }]);
  expect(error.message).toContain('more than 50000 bytes (`maxAnswerBytes`)');
});

test('objects that cannot be read, or split, fail alone', async () => {
  transforms.put({
    'a.gz': 'no gzip',
    'b.gz': Buffer.from('1f8b0800000000000003', 'hex'), // cut off
    'c.gz': Buffer.from('1f8b08000000000000034b4c4ae60200', 'hex'), // cut off too
    d: Buffer.alloc(0),
  });
  await using job = transforms.start({ input: { CompressionType: 'Gzip', SplitType: 'Line' } });
  const error = await failureOf(job);
  expect(error.failures.map(({ key, error: { message } }) => message.includes(`"${key}"`))).toEqual([
    true,
    true,
    true,
  ]);
  expect(error.failures).toMatchObject([
    { key: 'a.gz', record: undefined, error: { code: 'GZIP_INVALID' } },
    { key: 'b.gz', error: { code: 'GZIP_TRUNCATED' } },
    { key: 'c.gz', error: { code: 'GZIP_TRUNCATED' } },
  ]);
  expect(transforms.written()).toEqual({ 'd.out': '' });
});

test('a record that no payload can have', async () => {
  transforms.put({ a: `ok\n${'x'.repeat(1024 * 1024 + 1)}\n`, b: `${'x'.repeat(1024 * 1024 - 1)}\n` });
  await using job = transforms.start({ ...LINES, MaxPayloadInMB: 1 });
  const error = await failureOf(job);
  expect(error.failures).toMatchObject([
    { key: 'a', record: 1, offset: 3, error: { code: 'RECORD_TOO_LARGE' } },
  ]);
  expect(error.message).toContain(
    'Record 1 of "a" (counted from 0), at byte 3: it has more than 1048576 bytes',
  );
  expect(Object.keys(transforms.written())).toEqual(['b.out']);
});

test('outputs that cannot be written fail the job at once', async () => {
  transforms.put({ a: 'a', b: 'b', c: 'c' });
  transforms.files({ 'out/a.out/in-the-way': '' });
  await using job = transforms.start({});
  const error = await failureOf(job);
  expect(error.cause).toMatchObject({ code: 'ARTIFACT_NOT_WRITTEN' });
  expect(error.message).toContain('Cannot write the artifact');
  expect(error.result).toMatchObject({ objects: 0, failedObjects: 0 });
  expect(transforms.written()).toEqual({ 'a.out/in-the-way': '' });
});

test('servers that do not stay up fail the job', async () => {
  transforms.put({ a: '[die]\n', b: 'b\n' });
  const dying = `const { existsSync, writeFileSync } = require('node:fs');
    if (existsSync('/opt/ml/once')) { console.log('no second time'); process.exit(4); }
    writeFileSync('/opt/ml/once', '');
    ${FAULTY}`;
  await using job = transforms.start(LINES, dying);
  const error = await failureOf(job);
  expect(error.cause).toMatchObject({ code: 'ENDPOINT_FAILED' });
  expect(error.message).toContain('no second time');
  expect(transforms.written()).toEqual({});
});

test('a log of the servers that cannot be written fails the job, and no object', async () => {
  const telling = `
    let asked = 0;
    require('node:http').createServer((request, response) => {
      if (request.url !== '/invocations') return void response.end();
      if (++asked === 2) console.log('the first line opens the file');
      setTimeout(() => response.end('said'), 300);
    }).listen(8080);
    process.on('SIGTERM', () => process.exit(0));`;
  transforms.put({ a: 'a', b: 'b', c: 'c', d: 'd', e: 'e' });
  await using job = transforms.start({ MaxPayloadInMB: 6, BatchStrategy: 'MultiRecord' }, telling);
  job.once('object', () => rmSync(`${job.directory}/logs`, { recursive: true }));
  const error = await failureOf(job);
  expect(error.cause).toMatchObject({ code: 'WRITE_FAILED' });
  expect(error.failures).toEqual([]);
  expect(error.result.objects).toBeLessThan(5);
});

test('what a job fails with is not passed over in silence, but for whoever looks at it', async () => {
  transforms.put({ a: '[415]\n' });
  await using job = transforms.start(LINES, FAULTY);
  const ended = new Promise((resolve) => job.on('status', ({ status }) => resolve(status)));
  expect(await ended).toBe('Failed');
  await using other = startTransformJob(transforms.request({ uri: transforms.path('none') }), {
    command: ['true'],
  });
  expect(await rejection(other.finished())).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});
