import { describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { parseS3Uri } from '../../src/source/s3/uri.js';

describe('an S3 URI', () => {
  test.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['s3://my.bucket-1/train', 'my.bucket-1', 'train'],
    ['s3://bucket/a//b/', 'bucket', 'a//b/'],
    ['s3://bucket//a', 'bucket', '/a'],
    ['s3://bucket/a%20b+c d?e#f', 'bucket', 'a%20b+c d?e#f'],
    ['s3://bucket/line\nbreak 😀', 'bucket', 'line\nbreak 😀'],
    ['s3://Old_Bucket/x', 'Old_Bucket', 'x'],
  ])('%j names a bucket and a literal prefix', (uri, bucket, prefix) => {
    expect(parseS3Uri(uri)).toEqual({ bucket, prefix });
  });

  test.each([
    '',
    'bucket/x',
    's3:/bucket/x',
    'S3://bucket/x',
    'https://bucket/x',
    's3://',
    's3:///x',
    's3://-a/x',
    's3://a b/x',
  ])('%j is refused, with what was expected', async (uri) => {
    const error = await rejection(Promise.resolve().then(() => s3Source(uri)));
    expect(error.code).toBe('S3_INVALID_URI');
    expect(error.message).toContain(`"${uri}"`);
    expect(error.message).toContain('Expected s3://BUCKET');
  });
});

describe('the options of s3Source', () => {
  test('are refused if they are unknown, or no options', async () => {
    const make = (options: object) =>
      rejection(Promise.resolve().then(() => s3Source('s3://bucket', options)));
    expect((await make({ region: 'x' })).code).toBe('UNKNOWN_OPTION');
    const { code, message } = await make({ s3: { endpiont: 'http://127.0.0.1:1', region: 'eu-central-1' } });
    expect([code, message]).toEqual([
      'UNKNOWN_OPTION',
      'Unknown option `endpiont` of `s3`. Did you mean `endpoint`?',
    ]);
    expect((await make({ s3: 'http://localhost' })).code).toBe('INVALID_OPTION');
    expect((await make({ s3: null })).code).toBe('INVALID_OPTION');
  });
});
