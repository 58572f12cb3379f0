import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  augmentedManifestSource,
  createChannel,
  createChannels,
  fileSource,
  fromChannel,
  manifestSource,
  s3Source,
} from 'sagemaker-pipe-mode';
import { readEpochs } from 'sagemaker-pipe-mode/reader';
import { describe, expect, test } from 'vitest';

import { s3FormOf } from '../../src/options/s3-form.js';
import { thrown } from '../support/expected-errors.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const HTTPS = 'https://my-bucket.s3.eu-west-1.amazonaws.com/train/a%20b';

test.each([
  [HTTPS, 's3://my-bucket/train/a b'],
  ['https://my-bucket.s3.amazonaws.com', 's3://my-bucket/'],
  ['https://my.bucket.s3-eu-west-1.amazonaws.com/x', 's3://my.bucket/x'],
  ['https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/x?X-Amz-Signature=1', 's3://my-bucket/x'],
  ['http://my-bucket.s3-website.eu-central-1.amazonaws.com/x', 's3://my-bucket/x'],
  ['https://my-bucket.s3.cn-north-1.amazonaws.com.cn/x', 's3://my-bucket/x'],
  ['https://s3.eu-west-1.amazonaws.com/my-bucket/train/', 's3://my-bucket/train/'],
  ['https://s3.amazonaws.com/my-bucket', 's3://my-bucket'],
  [
    'https://s3.console.aws.amazon.com/s3/buckets/my-bucket?region=eu-west-1&prefix=train/',
    's3://my-bucket/train/',
  ],
  ['https://eu-west-1.console.aws.amazon.com/s3/object/my-bucket?prefix=a%2Fb', 's3://my-bucket/a/b'],
  ['arn:aws:s3:::my-bucket', 's3://my-bucket'],
  ['arn:aws:s3:::my-bucket/train/*', 's3://my-bucket/train/'],
  ['arn:aws-cn:s3:::my-bucket/train', 's3://my-bucket/train'],
  ['s3://arn:aws:s3:::my-bucket/train', 's3://my-bucket/train'],
  [
    'arn:aws:s3:eu-west-1:123456789012:accesspoint/point/x',
    's3://arn:aws:s3:eu-west-1:123456789012:accesspoint/point/x',
  ],
  ['s3a://my-bucket/x', 's3://my-bucket/x'],
  ['S3://my-bucket/x', 's3://my-bucket/x'],
  ['s3:/my-bucket/x', 's3://my-bucket/x'],
])('%s is %s', (given, form) => {
  expect(s3FormOf(given)).toBe(form);
});

test.each([
  's3://my-bucket/x',
  's3:///x',
  './my-bucket',
  'https://example.com/my-bucket',
  'https://s3.eu-west-1.amazonaws.com/',
  'https://s3.amazonaws.com.example.com/my-bucket',
  'https://point-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/x',
  'https://ec2.amazonaws.com/x',
  'arn:aws:s3:::',
  'arn:aws:iam::123456789012:role/x',
])('%s has no other form in S3', (given) => {
  expect(s3FormOf(given)).toBeUndefined();
});

const channelOf = (S3Uri: string | URL, S3DataType: 'S3Prefix' | 'ManifestFile' = 'S3Prefix') =>
  fromChannel({ ChannelName: 'train', DataSource: { S3DataSource: { S3DataType, S3Uri } } }, { dest: '/d' });

/** Whatever takes something in S3 to read. */
const IN_S3: [string, (location: string | URL) => unknown][] = [
  ['createChannel', (source) => createChannel({ name: 'train', source, dest: '/d' })],
  ['createChannels', (source) => createChannels({ channels: { train: { source } }, dest: '/d' })],
  ['s3Source', (uri) => s3Source(uri)],
  ['manifestSource', (uri) => manifestSource(uri)],
  ['augmentedManifestSource', (uri) => augmentedManifestSource(uri, { attributeNames: ['a'] })],
  ['fromChannel', (uri) => channelOf(uri)],
  ['fromChannel with a manifest', (uri) => channelOf(uri, 'ManifestFile')],
];

describe.each(IN_S3)('%s', (_, take) => {
  test.each([
    [HTTPS, 's3://my-bucket/train/a b'],
    [new URL(HTTPS), 's3://my-bucket/train/a b'],
    ['arn:aws:s3:::my-bucket/train/', 's3://my-bucket/train/'],
    ['s3a://my-bucket/train', 's3://my-bucket/train'],
  ])('says how to write %s', (given, form) => {
    const error = thrown(() => take(given));
    expect(error.code).toBe('S3_INVALID_URI');
    expect(error.message).toContain(`"${String(given)}" is not an S3 URI. Use "${form}".`);
  });

  test('takes a URL of S3', () => {
    expect(() => take(new URL('s3://my-bucket/train/x'))).not.toThrow();
  });

  test('does not guess what a % of a URL was', () => {
    const error = thrown(() => take(new URL('s3://my-bucket/a b')));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain("got `'s3://my-bucket/a%20b'`");
    expect(error.message).toContain('pass the string');
  });
});

test('a source has the name that a URL of S3 has', () => {
  expect(s3Source(new URL('s3://my-bucket/train')).description).toBe('s3://my-bucket/train');
});

/** Whatever takes something of this machine only. */
const HERE: [string, (location: string | URL) => unknown][] = [
  ['fileSource', (path) => fileSource(path)],
  ['dest', (dest) => createChannel({ name: 'train', source: [], dest })],
  ['dest of a group', (dest) => createChannels({ channels: { train: { source: [] } }, dest })],
  ['dest of fromChannel', (dest) => fromChannel({ ChannelName: 'x', DataSource: undefined }, { dest })],
  ['dir', (dir) => readEpochs({ channel: 'train', dir })],
  ['source of a group', (source) => createChannels({ source, dest: '/d' })],
];

describe.each(HERE)('%s', (_, take) => {
  test.each(['arn:aws:s3:::my-bucket/train', HTTPS, new URL(HTTPS), new URL('s3://my-bucket')])(
    'does not take %s for a path',
    (given) => {
      const error = thrown(() => take(given));
      expect(error.code).toBe('INVALID_OPTION');
      expect(error.message).toContain(`got \`'${String(given)}'\` (string)`);
    },
  );
});

test('fileSource says what S3 is called', () => {
  expect(thrown(() => fileSource(HTTPS)).message).toContain(
    'for "s3://my-bucket/train/a b" there is s3Source(uri)',
  );
});

test.each([
  ['a directory', (source: URL) => ({ source })],
  ['fileSource', (source: URL) => ({ source: fileSource(source) })],
  ['fromChannel', (source: URL) => channelOf(source)],
])('URLs of files, with their characters: %s', async (_, options) => {
  scratch.files({ 'a b%20#/x': 'content' });
  const dest = pathToFileURL(join(scratch.dest, 'pipes #1'));
  const source = pathToFileURL(scratch.path('a b%20#'));
  await using channel = createChannel({ ...options(source), name: 'train', dest, epochs: 1 });
  expect(channel.dest).toBe(join(scratch.dest, 'pipes #1'));
  await channel.start();
  let text = '';
  for await (const epoch of readEpochs({ dir: dest, channel: 'train', epochs: 1 }))
    for await (const chunk of epoch) text += Buffer.from(chunk).toString();
  await channel.finished();
  expect(text).toBe('content');
});

test('a URL of a manifest, and one of a directory of channels', async () => {
  scratch.files({ 'train/x': 'content', manifest: JSON.stringify([{ prefix: 'train/' }, 'x']) });
  const manifest = manifestSource(pathToFileURL(scratch.path('manifest')));
  await manifest.check?.({ epoch: 0, signal: new AbortController().signal });
  const group = createChannels({ source: pathToFileURL(scratch.dir), dest: pathToFileURL(scratch.dest) });
  expect([...group.channels.keys()]).toEqual(['train']);
  await group.stop();
});
