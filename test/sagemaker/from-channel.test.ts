import type { Channel } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';

import type { ChannelDefinition } from '../../src/sagemaker/channel-definition.js';
import { fromChannel, type FromChannelOptions } from '../../src/sagemaker/from-channel.js';
import { createChannel } from '../../src/channel/create-channel.js';
import { PipeModeError } from '../../src/errors.js';

const S3 = { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train/' } as const;
const MANIFEST = { S3DataType: 'ManifestFile', S3Uri: 's3://bucket/m' } as const;
const AUGMENTED = {
  S3DataType: 'AugmentedManifestFile',
  S3Uri: 's3://bucket/m',
  AttributeNames: ['a'],
} as const;
const FILE_SYSTEM = {
  FileSystemId: 'fs-01234567',
  FileSystemAccessMode: 'ro',
  FileSystemType: 'EFS',
  DirectoryPath: '/data',
} as const;

/** A channel with another data source, and perhaps other fields. */
function channelOf(s3: object = S3, rest: object = {}): ChannelDefinition {
  return { ChannelName: 'train', DataSource: { S3DataSource: s3 as typeof S3 }, ...rest };
}

function options(channel: ChannelDefinition, more: Partial<FromChannelOptions> = {}) {
  return fromChannel(channel, { dest: '/d', ...more });
}

test("the SageMaker client's own type is accepted", () => {
  const theirs: Channel = {
    ChannelName: 'train',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train/', AttributeNames: [] } },
    InputMode: 'Pipe',
  };
  const ours: ChannelDefinition = theirs;
  expect(options(ours)).toEqual({ name: 'train', source: 's3://bucket/train/', dest: '/d' });
});

describe('a URL object is its text', () => {
  test.each(['s3://bucket/train/', 'file:///data/a%20b'])('as S3Uri: %s', (uri) => {
    expect(options(channelOf({ ...S3, S3Uri: new URL(uri) }))).toEqual({
      name: 'train',
      source: uri,
      dest: '/d',
    });
  });

  test('as DirectoryPath', () => {
    const DirectoryPath = new URL('file:///data');
    const channel: ChannelDefinition = {
      ChannelName: 'train',
      DataSource: { FileSystemDataSource: { ...FILE_SYSTEM, DirectoryPath } },
    };
    expect(options(channel, { inputMode: 'File' }).source).toBe('file:///data');
    const inS3 = new URL('s3://bucket/x');
    const error = failure(() =>
      options(
        {
          ...channel,
          DataSource: { FileSystemDataSource: { ...FILE_SYSTEM, DirectoryPath: inS3 } },
        },
        { inputMode: 'File' },
      ),
    );
    expect(error.code).toBe('INVALID_CHANNEL');
    expect(error.message).toContain('expected the path of a directory of this machine');
  });
});

test('requestPayer is an option of the channel too', () => {
  expect(options(channelOf(), { requestPayer: 'requester' })).toMatchObject({ requestPayer: 'requester' });
  const error = failure(() => options(channelOf(), { requestPayer: 'owner' as 'requester' }));
  expect(error.code).toBe('INVALID_OPTION');
});

describe('what a field does:', () => {
  test.each<[string, object, object, object]>([
    ['ChannelName', { ChannelName: 'a.b-c_1' }, {}, { name: 'a.b-c_1' }],
    ['ContentType', { ContentType: 'text/csv' }, {}, {}],
    ['CompressionType None', { CompressionType: 'None' }, {}, {}],
    ['CompressionType Gzip', { CompressionType: 'Gzip' }, {}, { gunzip: true }],
    ['RecordWrapperType None', { RecordWrapperType: 'None' }, {}, {}],
    ['RecordWrapperType RecordIO', { RecordWrapperType: 'RecordIO' }, {}, { recordio: true }],
    ['InputMode Pipe over File', { InputMode: 'Pipe' }, { inputMode: 'File' }, {}],
    ['InputMode File', { InputMode: 'File' }, {}, { inputMode: 'File' }],
    ['InputMode FastFile', { InputMode: 'FastFile' }, {}, { inputMode: 'FastFile' }],
    ["the job's TrainingInputMode", {}, { inputMode: 'File' }, { inputMode: 'File' }],
    ['ShuffleConfig', { ShuffleConfig: { Seed: 42 } }, {}, { shuffle: { seed: 42 } }],
    [
      'ShuffleConfig under File',
      { ShuffleConfig: { Seed: 42 }, InputMode: 'File' },
      {},
      { inputMode: 'File', shuffle: { seed: 42 } },
    ],
    [
      'None under File',
      { CompressionType: 'None', RecordWrapperType: 'None', InputMode: 'File' },
      {},
      { inputMode: 'File' },
    ],
    ['fields that are null', { ContentType: null, ShuffleConfig: null, InputMode: null }, {}, {}],
  ])('%s', (_name, fields, more, expected) => {
    expect(options(channelOf(S3, fields), more)).toEqual({
      name: 'train',
      source: 's3://bucket/train/',
      dest: '/d',
      ...expected,
    });
  });

  test.each<[string, object, object, object]>([
    ['a path for S3Uri', { S3Uri: './data' }, {}, { source: './data' }],
    ['file:// for S3Uri', { S3Uri: 'file:///data' }, {}, { source: 'file:///data' }],
    ['FullyReplicated', { S3DataDistributionType: 'FullyReplicated' }, { shard: { index: 1, count: 2 } }, {}],
    [
      'ShardedByS3Key',
      { S3DataDistributionType: 'ShardedByS3Key' },
      { shard: { index: 1, count: 2 } },
      { shard: { index: 1, count: 2 } },
    ],
    ['ShardedByS3Key on one host', { S3DataDistributionType: 'ShardedByS3Key' }, {}, {}],
    ['InstanceGroupNames', { InstanceGroupNames: ['a', 'b'] }, {}, {}],
    ['ModelAccessConfig', { ModelAccessConfig: { AcceptEula: true } }, {}, {}],
    ['empty AttributeNames', { AttributeNames: [] }, {}, {}],
    ['s3', {}, { s3: { region: 'eu-west-1' } }, { s3: { region: 'eu-west-1' } }],
  ])('%s', (_name, s3, more, expected) => {
    expect(options(channelOf({ ...S3, ...s3 }), more)).toEqual({
      name: 'train',
      source: 's3://bucket/train/',
      dest: '/d',
      ...expected,
    });
  });

  test('a channel takes the options as they are', () => {
    const more = { shard: { index: 1, count: 2 } };
    const s3 = { ...AUGMENTED, S3DataDistributionType: 'ShardedByS3Key' };
    const rest = { RecordWrapperType: 'RecordIO', CompressionType: 'Gzip', ShuffleConfig: { Seed: 1 } };
    expect(createChannel(options(channelOf(s3, rest), more)).name).toBe('train');
    for (const InputMode of ['File', 'FastFile', 'Pipe']) {
      expect(createChannel(options(channelOf(S3, { InputMode, ShuffleConfig: { Seed: 1 } }))).name).toBe(
        'train',
      );
    }
  });

  test('manifests are sources', () => {
    expect(options(channelOf(MANIFEST)).source).toMatchObject({ description: 's3://bucket/m' });
    expect(options(channelOf(AUGMENTED)).source).toMatchObject({ description: 's3://bucket/m' });
    expect(options(channelOf({ ...MANIFEST, S3Uri: '/data/m' })).source).toMatchObject({
      description: '/data/m',
    });
    expect(options(channelOf({ ...AUGMENTED, S3Uri: 'file:///data/m' })).source).toMatchObject({
      description: '/data/m',
    });
    expect(options(channelOf(MANIFEST, { InputMode: 'File' })).inputMode).toBe('File');
  });

  test('a file system is a directory of this machine', () => {
    const channel = {
      ChannelName: 'train',
      DataSource: { FileSystemDataSource: FILE_SYSTEM },
      InputMode: 'File',
    };
    expect(options(channel)).toEqual({ name: 'train', source: '/data', dest: '/d', inputMode: 'File' });
  });
});

describe('what SageMaker would refuse is refused, with the field, the value and the reason:', () => {
  const source = (dataSource: unknown, rest: object = {}) => ({
    ChannelName: 'train',
    DataSource: dataSource,
    ...rest,
  });

  test.each<[string, unknown, string]>([
    [
      'Gzip under File',
      channelOf(S3, { CompressionType: 'Gzip', InputMode: 'File' }),
      "CompressionType is `'Gzip'` (string): it is used only in Pipe mode",
    ],
    [
      'Gzip under FastFile',
      channelOf(S3, { CompressionType: 'Gzip', InputMode: 'FastFile' }),
      'input mode is FastFile',
    ],
    [
      'RecordIO under File',
      channelOf(S3, { RecordWrapperType: 'RecordIO', InputMode: 'File' }),
      'RecordWrapperType is',
    ],
    [
      'AugmentedManifestFile under File',
      channelOf(AUGMENTED, { InputMode: 'File' }),
      'input mode is Pipe, and it is File',
    ],
    [
      'AugmentedManifestFile under FastFile',
      channelOf(AUGMENTED, { InputMode: 'FastFile' }),
      'it is FastFile',
    ],
    [
      'AugmentedManifestFile without AttributeNames',
      channelOf({ ...AUGMENTED, AttributeNames: undefined }),
      'needs AttributeNames',
    ],
    ['AttributeNames with S3Prefix', channelOf({ ...S3, AttributeNames: ['a'] }), 'AttributeNames is'],
    [
      'AttributeNames with ManifestFile',
      channelOf({ ...MANIFEST, AttributeNames: ['a'] }),
      'that is ManifestFile',
    ],
    ['17 AttributeNames', channelOf({ ...AUGMENTED, AttributeNames: Array(17).fill('a') }), 'at most 16'],
    ['an AttributeName that is no string', channelOf({ ...AUGMENTED, AttributeNames: [5] }), '`5` (number)'],
    [
      'FastFile with ManifestFile',
      channelOf(MANIFEST, { InputMode: 'FastFile' }),
      'FastFile mode needs an S3Prefix',
    ],
    ['a file system under Pipe', source({ FileSystemDataSource: FILE_SYSTEM }), 'input mode is Pipe'],
    [
      'a file system under FastFile',
      source({ FileSystemDataSource: FILE_SYSTEM }, { InputMode: 'FastFile' }),
      'input mode is FastFile',
    ],
    [
      'a file system without a directory',
      source({ FileSystemDataSource: { ...FILE_SYSTEM, DirectoryPath: undefined } }, { InputMode: 'File' }),
      'DirectoryPath is required',
    ],
    [
      'an unknown kind of file system',
      source({ FileSystemDataSource: { ...FILE_SYSTEM, FileSystemType: 'NFS' } }, { InputMode: 'File' }),
      'EFS, FSxLustre',
    ],
    ['no data source', source({}), 'exactly one of'],
    [
      'two data sources',
      source({ S3DataSource: S3, FileSystemDataSource: FILE_SYSTEM }),
      'S3DataSource and FileSystemDataSource',
    ],
    ['a dataset', source({ DatasetSource: { DatasetArn: 'arn' } }), 'DatasetSource is'],
    ['DataSource left out', { ChannelName: 'train' }, 'DataSource is required'],
    ['no S3DataType', channelOf({ S3Uri: 's3://bucket/' }), 'S3DataSource.S3DataType is required'],
    ['no S3Uri', channelOf({ S3DataType: 'S3Prefix' }), 'S3DataSource.S3Uri is required'],
    ['S3DataType Converse', channelOf({ ...S3, S3DataType: 'Converse' }), 'not supported here'],
    ['S3DataType in small letters', channelOf({ ...S3, S3DataType: 's3prefix' }), 'Did you mean `S3Prefix`?'],
    ['an S3Uri over HTTP', channelOf({ ...S3, S3Uri: 'https://bucket/x' }), 'expected s3://'],
    [
      'an S3Uri that is too long',
      channelOf({ ...S3, S3Uri: `s3://bucket/${'x'.repeat(1024)}` }),
      'at most 1024 characters (it has 1036)',
    ],
    [
      'S3DataDistributionType',
      channelOf({ ...S3, S3DataDistributionType: 'Sharded' }),
      'FullyReplicated, ShardedByS3Key',
    ],
    ['six InstanceGroupNames', channelOf({ ...S3, InstanceGroupNames: Array(6).fill('a') }), 'at most 5'],
    ['HubAccessConfig', channelOf({ ...S3, HubAccessConfig: { HubContentArn: 'arn' } }), 'JumpStart'],
    [
      'a ContentType of 257 characters',
      channelOf(S3, { ContentType: 'x'.repeat(257) }),
      'at most 256 characters',
    ],
    ['CompressionType', channelOf(S3, { CompressionType: 'Bzip2' }), 'None, Gzip'],
    ['RecordWrapperType', channelOf(S3, { RecordWrapperType: 'TFRecord' }), 'None, RecordIO'],
    ['InputMode', channelOf(S3, { InputMode: 'pipe' }), 'one of Pipe, File, FastFile. Did you mean `Pipe`?'],
    [
      'a seed that is no integer',
      channelOf(S3, { ShuffleConfig: { Seed: 1.5 } }),
      'ShuffleConfig.Seed is `1.5` (number)',
    ],
    ['no seed', channelOf(S3, { ShuffleConfig: {} }), 'ShuffleConfig.Seed is required'],
    [
      'an unknown field',
      channelOf(S3, { Shuffle: true }),
      'Shuffle is `true` (boolean): Channel has no such field',
    ],
    ['an unknown field further in', channelOf({ ...S3, Uri: 'x' }), 'DataSource.S3DataSource.Uri is'],
    ['no structure', null, 'It is `null` (null): expected an object'],
    ['a data source that is no structure', channelOf('s3://bucket' as never), 'expected an object'],
  ])('%s', (_name, channel, text) => {
    const error = failure(() => options(channel as ChannelDefinition));
    expect(error.code).toBe('INVALID_CHANNEL');
    expect(error.message).toContain(text);
  });

  test.each(['', 'a b', 'x'.repeat(65), undefined, 5])('ChannelName %j', (ChannelName) => {
    const error = failure(() => options(channelOf(S3, { ChannelName })));
    expect(error.code).toBe('INVALID_CHANNEL_NAME');
  });

  test.each([
    ['an S3Uri over https', 'https://bucket.s3.eu-west-1.amazonaws.com/x'],
    ['an S3Uri as an ARN', 'arn:aws:s3:::bucket/x'],
  ])('%s', (_name, S3Uri) => {
    const error = failure(() => options(channelOf({ ...S3, S3Uri })));
    expect(error.code).toBe('S3_INVALID_URI');
    expect(error.message).toContain('Use "s3://bucket/x"');
  });

  test('a wrong S3Uri is one problem among others', () => {
    const S3Uri = new URL('https://bucket.s3.eu-west-1.amazonaws.com/x');
    const error = failure(() => options(channelOf({ ...S3, S3Uri }, { ContentType: 5 })));
    expect(error.code).toBe('INVALID_CHANNEL');
    expect(error.problems?.map(({ path }) => path).sort()).toEqual([
      'ContentType',
      'DataSource.S3DataSource.S3Uri',
    ]);
    expect(error.message).toContain(
      `S3Uri is \`'${S3Uri.href}'\` (URL): expected s3://BUCKET/KEY, with the name of a bucket. Use "s3://bucket/x".`,
    );
  });

  test('what is wrong in itself is one problem, and not two', () => {
    const error = failure(() => options(channelOf({ ...AUGMENTED, AttributeNames: 'a' })));
    expect(error.problems?.map(({ rule }) => rule)).toEqual(['a list']);
  });

  test.each(['.', '..'])('ChannelName %j under File', (ChannelName) => {
    expect(options(channelOf(S3, { ChannelName })).name).toBe(ChannelName);
    const error = failure(() => options(channelOf(S3, { ChannelName, InputMode: 'File' })));
    expect(error.code).toBe('INVALID_CHANNEL_NAME');
  });

  test.each<[object, string]>([
    [{ dest: '/d', inputMode: 'pipe' }, 'INVALID_OPTION'],
    [{ dest: '/d', epochs: 1 }, 'UNKNOWN_OPTION'],
  ])('options %j', (given, code) => {
    expect(failure(() => fromChannel(channelOf(), given as FromChannelOptions)).code).toBe(code);
  });
});

function failure(action: () => unknown): PipeModeError {
  try {
    action();
  } catch (error) {
    if (error instanceof PipeModeError) return error;
    throw error;
  }
  throw new Error('It should have been refused.');
}
