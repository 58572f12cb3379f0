import { describe, expect, test } from 'vitest';

import type { ResolveOptions } from '../../src/sagemaker/resolve-training-request.js';
import { problemsOf } from './problems-of.js';

const S3 = { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train' };
const AUGMENTED = { S3DataType: 'AugmentedManifestFile', S3Uri: 's3://bucket/m', AttributeNames: ['a'] };
const MOUNTED = {
  FileSystemId: 'fs-01234567',
  FileSystemAccessMode: 'ro',
  FileSystemType: 'EFS',
  DirectoryPath: '/data',
};
const GROUPS = [
  { InstanceGroupName: 'a', InstanceType: 'ml.m5.large', InstanceCount: 1 },
  { InstanceGroupName: 'b', InstanceType: 'ml.m5.large', InstanceCount: 1 },
];

/** A request with these channels, in this mode; the first is called c0. */
function inMode(TrainingInputMode: string, ...channels: object[]): object {
  const InputDataConfig = channels.map((channel, index) => ({ ChannelName: `c${index}`, ...channel }));
  return { AlgorithmSpecification: { TrainingInputMode }, InputDataConfig };
}

const fromS3 = (more: object = {}, channel: object = {}) => ({
  DataSource: { S3DataSource: { ...S3, ...more } },
  ...channel,
});
const mounted = (channel: object = {}, more: object = {}) => ({
  DataSource: { FileSystemDataSource: { ...MOUNTED, ...more } },
  ...channel,
});

type Case = [name: string, request: object, path: string, text: string, options?: ResolveOptions];

const CASES: readonly Case[] = [
  // One channel
  ...['File', 'FastFile'].flatMap((mode): Case[] => [
    [
      `Gzip under ${mode}`,
      inMode(mode, fromS3({}, { CompressionType: 'Gzip' })),
      'InputDataConfig[0].CompressionType',
      `only in Pipe mode, and the channel's input mode is ${mode}`,
    ],
    [
      `RecordIO under ${mode}, which the channel says`,
      inMode('Pipe', fromS3({}, { RecordWrapperType: 'RecordIO', InputMode: mode })),
      'InputDataConfig[0].RecordWrapperType',
      `the channel's input mode is ${mode}`,
    ],
    [
      `an augmented manifest under ${mode}`,
      inMode(mode, fromS3(AUGMENTED)),
      'InputDataConfig[0].DataSource.S3DataSource.S3DataType',
      `input mode is Pipe, and it is ${mode}`,
    ],
  ]),
  [
    'a manifest under FastFile',
    inMode('FastFile', fromS3({ S3DataType: 'ManifestFile' })),
    'InputDataConfig[0].DataSource.S3DataSource.S3DataType',
    'FastFile mode needs an S3Prefix',
  ],
  ...[undefined, null, []].map((AttributeNames): Case => [
    `an augmented manifest with AttributeNames ${JSON.stringify(AttributeNames)}`,
    inMode('Pipe', fromS3({ ...AUGMENTED, AttributeNames })),
    'InputDataConfig[0].DataSource.S3DataSource.AttributeNames',
    'is required',
  ]),
  ...['S3Prefix', 'ManifestFile'].map((S3DataType): Case => [
    `AttributeNames of ${S3DataType}`,
    inMode('Pipe', fromS3({ S3DataType, AttributeNames: ['a'] })),
    'InputDataConfig[0].DataSource.S3DataSource.AttributeNames',
    `that is ${S3DataType}`,
  ]),
  ['no source', inMode('Pipe', { DataSource: {} }), 'InputDataConfig[0].DataSource', 'It has none.'],
  [
    'two sources',
    inMode('File', { DataSource: { S3DataSource: S3, FileSystemDataSource: MOUNTED } }),
    'InputDataConfig[0].DataSource',
    'It has S3DataSource and FileSystemDataSource.',
  ],
  ...['Pipe', 'FastFile'].map((mode): Case => [
    `a file system under ${mode}`,
    inMode(mode, mounted()),
    'InputDataConfig[0].DataSource.FileSystemDataSource',
    `the channel's input mode is ${mode}`,
  ]),
  ...['', 's3://bucket/x', 'https://host/x', 'file://host/x', 'file:relative', 'a\0b'].map(
    (DirectoryPath): Case => [
      `a file system's directory ${JSON.stringify(DirectoryPath)}`,
      inMode('File', mounted({}, { DirectoryPath })),
      'InputDataConfig[0].DataSource.FileSystemDataSource.DirectoryPath',
      'expected the path of a directory of this machine',
    ],
  ),
  [
    'a file system that is shuffled',
    inMode('File', mounted({ ShuffleConfig: { Seed: 1 } })),
    'InputDataConfig[0].ShuffleConfig',
    'a file system is mounted as it is',
  ],
  [
    'Converse',
    inMode('Pipe', fromS3({ S3DataType: 'Converse' })),
    'InputDataConfig[0].DataSource.S3DataSource.S3DataType',
    'not supported here',
  ],
  [
    'a hub',
    inMode('Pipe', fromS3({ HubAccessConfig: { HubContentArn: 'arn' } })),
    'InputDataConfig[0].DataSource.S3DataSource.HubAccessConfig',
    'outside AWS',
  ],
  [
    'a dataset',
    inMode('Pipe', {
      DataSource: {
        DatasetSource: {
          DatasetArn: 'arn:aws:sagemaker:us-east-1:123456789012:hub-content/hub/DataSet/d/1.0.0',
        },
      },
    }),
    'InputDataConfig[0].DataSource.DatasetSource',
    'outside AWS',
  ],
  // Several channels
  [
    'the same name twice',
    inMode('Pipe', fromS3(), fromS3(), fromS3({}, { ChannelName: 'c0' })),
    'InputDataConfig[2].ChannelName',
    'InputDataConfig[0] has the same name',
  ],
  [
    'groups of one channel, and not of another',
    {
      ...inMode('Pipe', fromS3(), fromS3({ InstanceGroupNames: ['a'] })),
      ResourceConfig: { InstanceGroups: GROUPS },
    },
    'InputDataConfig[0].DataSource.S3DataSource.InstanceGroupNames',
    'InputDataConfig[1] has them',
  ],
  [
    'a group that there is not',
    {
      ...inMode('Pipe', fromS3({ InstanceGroupNames: ['a', 'c'] })),
      ResourceConfig: { InstanceGroups: GROUPS },
    },
    'InputDataConfig[0].DataSource.S3DataSource.InstanceGroupNames[1]',
    'the groups are a, b',
  ],
  [
    'a group where there are none',
    inMode('Pipe', fromS3({ InstanceGroupNames: ['a'] })),
    'InputDataConfig[0].DataSource.S3DataSource.InstanceGroupNames[0]',
    'ResourceConfig has no InstanceGroups',
  ],
  [
    "a File channel whose directory is a Pipe channel's FIFO",
    inMode('Pipe', fromS3(), fromS3({}, { ChannelName: 'c0_12', InputMode: 'File' })),
    'InputDataConfig[1].ChannelName',
    'a FIFO of InputDataConfig[0], "c0"',
  ],
  ...['.', '..'].map((ChannelName): Case => [
    `a File channel called ${ChannelName}`,
    inMode('File', fromS3({}, { ChannelName })),
    'InputDataConfig[0].ChannelName',
    'in File mode a channel is a directory',
  ]),
  ['a channel without a source', inMode('Pipe', {}), 'InputDataConfig[0].DataSource', 'is required'],
  [
    'a channel without a source, where another one has it from elsewhere',
    inMode('Pipe', {}, {}),
    'InputDataConfig[1].DataSource',
    'is required',
    { withSource: new Set(['c0']) },
  ],
  // Instances
  [
    'a type beside groups',
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceGroups: GROUPS } },
    'ResourceConfig.InstanceType',
    'InstanceGroups say this already',
  ],
  [
    'a count beside groups',
    { ResourceConfig: { InstanceCount: 1, InstanceGroups: GROUPS } },
    'ResourceConfig.InstanceCount',
    'InstanceGroups say this already',
  ],
  [
    'groups of the same name',
    { ResourceConfig: { InstanceGroups: [...GROUPS, GROUPS[0]] } },
    'ResourceConfig.InstanceGroups[2].InstanceGroupName',
    'InstanceGroups[0] has the same name',
  ],
  [
    'no instance',
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 0 } },
    'ResourceConfig.InstanceCount',
    'at least one instance',
  ],
  [
    'groups without any instance',
    { ResourceConfig: { InstanceGroups: GROUPS.map((group) => ({ ...group, InstanceCount: 0 })) } },
    'ResourceConfig.InstanceGroups',
    'at least one instance',
  ],
  // Time
  [
    'more than 28 days',
    { StoppingCondition: { MaxRuntimeInSeconds: 28 * 86_400 + 1 } },
    'StoppingCondition.MaxRuntimeInSeconds',
    '28 days',
  ],
  ...[undefined, null, false].map((EnableManagedSpotTraining): Case => [
    `waiting for spot instances with EnableManagedSpotTraining ${EnableManagedSpotTraining}`,
    { EnableManagedSpotTraining, StoppingCondition: { MaxWaitTimeInSeconds: 7200 } },
    'StoppingCondition.MaxWaitTimeInSeconds',
    'only for managed spot training',
  ]),
  [
    'waiting less than running',
    {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 59 },
    },
    'StoppingCondition.MaxWaitTimeInSeconds',
    'at least MaxRuntimeInSeconds, which is 60',
  ],
  // What to run
  [
    'an image and an algorithm',
    { AlgorithmSpecification: { TrainingInputMode: 'Pipe', TrainingImage: 'x', AlgorithmName: 'y' } },
    'AlgorithmSpecification.AlgorithmName',
    'TrainingImage says what to run already',
  ],
  [
    'an algorithm, and no command',
    { AlgorithmSpecification: { TrainingInputMode: 'Pipe', AlgorithmName: 'y' } },
    'AlgorithmSpecification.AlgorithmName',
    'Name its image',
    { hasCommand: false },
  ],
  [
    'neither an image nor a command',
    { AlgorithmSpecification: { TrainingInputMode: 'Pipe' } },
    'AlgorithmSpecification.TrainingImage',
    'give a command to run',
    { hasCommand: false },
  ],
  [
    'a serverless job',
    {
      ServerlessJobConfig: {
        JobType: 'FineTuning',
        BaseModelArn: 'arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/m/1.0.0',
      },
    },
    'ServerlessJobConfig',
    'cannot be run here',
  ],
  // Around it
  [
    'a tag twice',
    { Tags: ['a', 'b', 'a'].map((Key) => ({ Key, Value: '' })) },
    'Tags[2].Key',
    'Tags[0] has the same key',
  ],
  [
    'an interval that the profiler has not',
    { ProfilerConfig: { ProfilingIntervalInMilliseconds: 300 } },
    'ProfilerConfig.ProfilingIntervalInMilliseconds',
    'one of 100, 200, 500, 1000, 5000, 60000',
  ],
];

describe('a problem is found, and no other:', () => {
  test.each(CASES)('%s', (_name, request, path, text, options = {}) => {
    const problems = problemsOf(request, { hasCommand: true, ...options });
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]!.message).toContain(text);
  });
});

describe('no problem:', () => {
  test.each<[string, object]>([
    [
      'a command and an algorithm',
      { AlgorithmSpecification: { TrainingInputMode: 'Pipe', AlgorithmName: 'y' } },
    ],
    ['28 days', { StoppingCondition: { MaxRuntimeInSeconds: 28 * 86_400 } }],
    [
      'waiting as long as running',
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
      },
    ],
    ['None under File', inMode('File', fromS3({}, { CompressionType: 'None', RecordWrapperType: 'None' }))],
    [
      'a mounted channel beside one of a group',
      {
        ...inMode('File', mounted(), fromS3({ InstanceGroupNames: ['a'] })),
        ResourceConfig: { InstanceGroups: GROUPS },
      },
    ],
    [
      'a group without an instance beside one that has some',
      { ResourceConfig: { InstanceGroups: [{ ...GROUPS[0], InstanceCount: 0 }, GROUPS[1]] } },
    ],
    [
      'a FIFO of an epoch that is not written so',
      inMode('Pipe', fromS3(), fromS3({}, { ChannelName: 'c0_01', InputMode: 'File' })),
    ],
    ['a Pipe channel called .', inMode('Pipe', fromS3({}, { ChannelName: '.' }))],
    ['no groups at all', { ResourceConfig: { InstanceGroups: [], InstanceCount: 2 } }],
  ])('%s', (_name, request) => {
    expect(problemsOf(request, { hasCommand: true })).toEqual([]);
  });
});

test('a channel whose data comes from elsewhere needs no source, unless strict', () => {
  const request = inMode('Pipe', { CompressionType: 'Gzip' });
  const withSource = new Set(['c0']);
  expect(problemsOf(request, { hasCommand: true, withSource })).toEqual([]);
  const strictly = problemsOf(request, { hasCommand: true, withSource, strict: true });
  expect(strictly.map(({ path }) => path)).toContain('InputDataConfig[0].DataSource');
});

describe('what is wrong in itself is one problem, and not two:', () => {
  test.each<[string, object, string]>([
    [
      'a mode that is misspelt',
      inMode('pipe', fromS3({ ...AUGMENTED }, { CompressionType: 'Gzip' }), mounted()),
      'AlgorithmSpecification.TrainingInputMode',
    ],
    [
      'a type that is misspelt',
      inMode('Pipe', fromS3({ S3DataType: 'S3prefix', AttributeNames: ['a'] })),
      'InputDataConfig[0].DataSource.S3DataSource.S3DataType',
    ],
    [
      'AttributeNames that are no list',
      inMode('Pipe', fromS3({ ...AUGMENTED, AttributeNames: 'a' })),
      'InputDataConfig[0].DataSource.S3DataSource.AttributeNames',
    ],
    [
      'a source that is no object',
      inMode('Pipe', { DataSource: { S3DataSource: 's3://bucket' } }),
      'InputDataConfig[0].DataSource.S3DataSource',
    ],
    [
      'EnableManagedSpotTraining that is text',
      { EnableManagedSpotTraining: 'true', StoppingCondition: { MaxWaitTimeInSeconds: 60 } },
      'EnableManagedSpotTraining',
    ],
    [
      'EnableManagedSpotTraining that is an object',
      { EnableManagedSpotTraining: {}, StoppingCondition: { MaxWaitTimeInSeconds: 60 } },
      'EnableManagedSpotTraining',
    ],
    [
      'groups that are no list',
      { ResourceConfig: { InstanceGroups: 5, InstanceCount: 1 } },
      'ResourceConfig.InstanceGroups',
    ],
    [
      'a time that is text',
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxWaitTimeInSeconds: '5', MaxRuntimeInSeconds: 6 },
      },
      'StoppingCondition.MaxWaitTimeInSeconds',
    ],
  ])('%s', (_name, request, path) => {
    const problems = problemsOf(request, { hasCommand: true });
    expect(problems.map((problem) => problem.path)).toEqual([path]);
  });
});
