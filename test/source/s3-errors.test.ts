import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { s3Source } from '../../src/source/s3/s3-source.js';
import { stubAwsEnvironment } from '../support/aws-environment.js';
import { rejection } from '../support/expected-errors.js';
import { startS3Server } from '../support/s3-server.js';
import { contextOf, keysOf, readAll } from './source-helpers.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('an S3 source says what is wrong', () => {
  test('when nobody is there', async () => {
    const endpoint = 'http://127.0.0.1:1'; // a port that nobody gets by chance
    const s3 = { endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'testing' } };
    const error = await rejection(s3Source('s3://bucket/x', { s3 }).check?.(contextOf()));
    expect(error.code).toBe('S3_UNREACHABLE');
    expect(error.message).toContain(`There is no response from ${endpoint}`);
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('when the bucket is in another region, and which', async () => {
    await using server = await startS3Server({ region: 'eu-west-1' });
    server.createBucket('bucket');
    const source = s3Source('s3://bucket/x', { s3: { ...server.clientConfig, region: 'us-east-1' } });
    const error = await rejection(source.check?.(contextOf()));
    expect(error.code).toBe('S3_WRONG_REGION');
    expect(error.message).toContain('The bucket "bucket" is in eu-west-1, the request went to us-east-1');
    await source.close?.();
  });

  test('when there are no credentials', async () => {
    await using server = await startS3Server();
    stubAwsEnvironment({ AWS_ENDPOINT_URL_S3: server.endpoint });
    const error = await rejection(s3Source('s3://bucket/x').check?.(contextOf()));
    expect(error.code).toBe('S3_NO_CREDENTIALS');
    expect(error.message).toContain('Listing s3://bucket/x failed');
    expect(error.message).toContain('AWS_ACCESS_KEY_ID');
  });

  test.each([
    [403, 'AccessDenied', 'S3_ACCESS_DENIED', 's3:ListBucket'],
    [400, 'ExpiredToken', 'S3_ACCESS_DENIED', 'expired'],
    [400, 'AuthorizationHeaderMalformed', 'S3_WRONG_REGION', 'AWS_REGION'],
    [404, 'NoSuchBucket', 'S3_NO_SUCH_BUCKET', 'There is no bucket "bucket" at http://127.0.0.1:'],
    [400, 'InvalidRequest', 'S3_REQUEST_FAILED', 'HTTP 400'],
  ])('when S3 answers %d %s', async (status, code, expected, text) => {
    await using server = await startS3Server();
    server.createBucket('bucket');
    server.faults.add({ fault: { kind: 'answer', status, code } });
    const source = s3Source('s3://bucket/x', { s3: server.clientConfig });
    const error = await rejection(source.check?.(contextOf()));
    expect(error.code).toBe(expected);
    expect(error.message).toContain('Listing s3://bucket/x failed');
    expect(error.message).toContain(code);
    expect(error.message).toContain(text);
    await source.close?.();
  });

  test.each([
    [403, 'AccessDenied', 'S3_ACCESS_DENIED', 's3:GetObject'],
    [403, 'InvalidObjectState', 'S3_REQUEST_FAILED', 'archived'],
  ])('when an object is answered with %d %s', async (status, code, expected, text) => {
    await using server = await startS3Server();
    server.createBucket('bucket');
    server.put('bucket', 'key', 'x');
    server.faults.add({ operation: 'GetObject', fault: { kind: 'answer', status, code } });
    const source = s3Source('s3://bucket/', { s3: server.clientConfig });
    const error = await rejection(readAll(source));
    expect(error.code).toBe(expected);
    expect(error.message).toContain('Reading s3://bucket/key at byte 0 of 1 failed');
    expect(error.message).toContain(text);
    await source.close?.();
  });
});

test.each([
  'AWS SDK error wrapper for Error: connect ECONNREFUSED 127.0.0.1:9',
  'AWS SDK error wrapper for AggregateError',
])('an S3 source knows that nobody is there under Jest too, where the SDK says %j', async (message) => {
  const config = { endpoint: () => Promise.resolve(new URL('http://127.0.0.1:9')) };
  const client = { send: () => Promise.reject(new Error(message)), config } as unknown as S3Client;
  const error = await rejection(s3Source('s3://bucket/x', { s3: client }).check?.(contextOf()));
  expect(error.code).toBe('S3_UNREACHABLE');
  expect(error.message).not.toContain('wrapper');
});

test.each([
  [new Error('Neither CRT nor JS SigV4a implementation is available'), false],
  [Object.assign(new Error('Please reduce your request rate'), { name: 'SlowDown' }), true],
])('%s: that it was tried several times is said if it was (%s)', async (failure, isTried) => {
  let tries = 0;
  const send = () => {
    tries++;
    return Promise.reject(failure);
  };
  const client = { send, config: {} } as unknown as S3Client;
  const error = await rejection(s3Source('s3://bucket/x', { s3: client }).check?.(contextOf()));
  expect(error.code).toBe('S3_REQUEST_FAILED');
  expect(error.message.includes('tried several times')).toBe(isTried);
  expect(tries > 1).toBe(isTried);
});

describe('a listing that S3 would not give', () => {
  const listing = (answer: Partial<ListObjectsV2CommandOutput>) =>
    s3Source('s3://bucket/', {
      s3: { send: () => Promise.resolve(answer), config: {} } as unknown as S3Client,
    });

  test.each([
    ['in the order of UTF-16', ['😀', 'ａ']],
    ['with a key that comes twice', ['a', 'a']],
    ['in the order of some language', ['a', 'B']],
  ])('is refused if it is %s', async (_, keys) => {
    const error = await rejection(keysOf(listing({ Contents: keys.map((Key) => ({ Key, Size: 1 })) })));
    expect(error.code).toBe('S3_LIST_OUT_OF_ORDER');
    expect(error.message).toContain(`"${keys[1]}" came after "${keys[0]}"`);
  });

  test('is refused if it has no way to go on', async () => {
    const error = await rejection(keysOf(listing({ Contents: [{ Key: 'a', Size: 1 }], IsTruncated: true })));
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toContain('there is more');
  });

  test('is refused if an entry has no size', async () => {
    const error = await rejection(keysOf(listing({ Contents: [{ Key: 'a' }] })));
    expect(error.code).toBe('S3_REQUEST_FAILED');
  });
});

test('the endpoint, the region and the credentials can come from the environment', async () => {
  await using server = await startS3Server();
  server.createBucket('bucket');
  server.put('bucket', 'key', 'from the environment');
  stubAwsEnvironment({
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'testing',
  });
  const source = s3Source('s3://bucket');
  const [read] = await readAll(source);
  expect(read?.bytes.toString()).toBe('from the environment');
  await source.close?.();
});
