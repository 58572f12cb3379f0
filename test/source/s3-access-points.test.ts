import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';

import { s3Source } from '../../src/source/s3/s3-source.js';
import { parseS3Uri } from '../../src/source/s3/uri.js';
import { captureRequests } from '../support/captured-request.js';
import { rejection } from '../support/expected-errors.js';
import { contextOf } from './source-helpers.js';

const ARN = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/my-point';
const credentials = { accessKeyId: 'test', secretAccessKey: 'testing' };

test.each([
  [`s3://${ARN}`, ARN, ''],
  [`s3://${ARN}/`, ARN, ''],
  [`s3://${ARN}/train/a:b/`, ARN, 'train/a:b/'],
  [`s3://${ARN.replace('/', ':')}/train`, ARN.replace('/', ':'), 'train'],
  [`s3://${ARN.replace('aws', 'aws-cn')}/x`, ARN.replace('aws', 'aws-cn'), 'x'],
  ['s3://arn:aws:s3::123456789012:accesspoint/x.mrap/y', 'arn:aws:s3::123456789012:accesspoint/x.mrap', 'y'],
])('%s names an access point and a literal prefix', (uri, bucket, prefix) => {
  expect(parseS3Uri(uri)).toEqual({ bucket, prefix });
});

test.each([
  [`s3://${ARN}/train`, 'my-point-123456789012.s3-accesspoint.eu-west-1.amazonaws.com'],
  ['s3://my-point-abc-s3alias/train', 'my-point-abc-s3alias.s3.eu-central-1.amazonaws.com'],
])('the objects of %s are asked for at %s', async (uri, host) => {
  const { requests, requestHandler } = captureRequests();
  const source = s3Source(uri, {
    s3: { region: 'eu-central-1', credentials, requestHandler, ignoreConfiguredEndpointUrls: true },
  });
  expect((await rejection(source.check?.(contextOf()))).code).toBe('SOURCE_EMPTY');
  expect(requests.map(({ hostname, path }) => [hostname, path])).toEqual([[host, '/']]);
  await source.close?.();
});

test('an access point is named in what a policy needs', async () => {
  const denied = Object.assign(new Error('Access Denied'), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  const client = { send: () => Promise.reject(denied), config: {} } as unknown as S3Client;
  const error = await rejection(s3Source(`s3://${ARN}/x`, { s3: client }).check?.(contextOf()));
  expect(error.code).toBe('S3_ACCESS_DENIED');
  expect(error.message).toContain(`s3:ListBucket on the bucket (${ARN})`);
});

test('an access point at an endpoint of one’s own needs another addressing, and is told so', async () => {
  const s3 = { endpoint: 'http://127.0.0.1:1', credentials };
  const source = s3Source(`s3://${ARN}/x`, { s3 });
  const error = await rejection(source.check?.(contextOf()));
  await source.close?.();
  expect(error.code).toBe('S3_REQUEST_FAILED');
  expect(error.message).toContain('pass `s3: { forcePathStyle: false }`');
});
