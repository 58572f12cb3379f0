import type { Channel } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';

import { PipeModeError } from '../../src/errors.js';
import { fromChannel } from '../../src/sagemaker/from-channel.js';
import { resolveTrainingRequest } from '../../src/sagemaker/resolve-training-request.js';
import { validate } from '../../src/sagemaker/validate.js';
import { EXAMPLES } from './example-requests.js';
import { problemsOf } from './problems-of.js';

describe("requests like those of AWS's guides are taken as they are:", () => {
  test.each(Object.entries(EXAMPLES))('%s', (_name, request) => {
    for (const strict of [true, false]) {
      const resolved = resolveTrainingRequest(request, { strict });
      expect(resolved).toMatchObject(request);
      const given = new Set([...Object.keys(request), 'HyperParameters', 'Environment']);
      expect(Object.keys(resolved).filter((member) => !given.has(member))).toEqual([]);
      expect(validate('CreateTrainingJobRequest', resolved).problems.list).toEqual([]);
      expect(resolveTrainingRequest(resolved, { strict })).toEqual(resolved);
    }
  });

  test.each(Object.entries(EXAMPLES))('its channels too: %s', (_name, request) => {
    const { TrainingInputMode: inputMode } = request.AlgorithmSpecification!;
    for (const channel of request.InputDataConfig ?? ([] as Channel[]))
      expect(fromChannel(channel, { dest: '/d', inputMode }).name).toBe(channel.ChannelName);
  });
});

describe('what only the cloud needs', () => {
  test('has a default here', () => {
    expect(resolveTrainingRequest({}, { hasCommand: true })).toEqual({
      TrainingJobName: expect.stringMatching(/^local-\d{4}(-\d\d){5}-[0-9a-f]{6}$/),
      RoleArn: 'arn:aws:iam::000000000000:role/local',
      AlgorithmSpecification: { TrainingInputMode: 'Pipe' },
      InputDataConfig: [],
      HyperParameters: {},
      Environment: {},
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    });
  });

  test('has one for each part that is left out', () => {
    const resolved = resolveTrainingRequest(
      {
        ResourceConfig: { InstanceCount: 3, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxPendingTimeInSeconds: 7200 },
        AlgorithmSpecification: { TrainingInputMode: 'File' },
      },
      { hasCommand: true },
    );
    expect(resolved.ResourceConfig).toEqual({
      InstanceType: 'ml.m5.large',
      InstanceCount: 3,
      VolumeSizeInGB: 1,
    });
    expect(resolved.StoppingCondition).toEqual({
      MaxRuntimeInSeconds: 86_400,
      MaxPendingTimeInSeconds: 7200,
    });
    expect(resolved.AlgorithmSpecification).toEqual({ TrainingInputMode: 'File' });
  });

  test('has defaults that AWS would take', () => {
    const resolved = resolveTrainingRequest({}, { hasCommand: true });
    const { list } = validate('CreateTrainingJobRequest', { ...resolved, InputDataConfig: null }).problems;
    expect(list.map(({ path }) => path)).toEqual(['OutputDataConfig']);
  });

  test('has another name each time', () => {
    const names = Array.from(
      { length: 50 },
      () => resolveTrainingRequest({}, { hasCommand: true }).TrainingJobName,
    );
    expect(new Set(names).size).toBe(50);
  });

  test('is an image where no command is given', () => {
    expect(problemsOf({}).map(({ path }) => path)).toEqual(['AlgorithmSpecification.TrainingImage']);
    const AlgorithmSpecification = { TrainingImage: 'x', TrainingInputMode: 'Pipe' };
    expect(problemsOf({ AlgorithmSpecification })).toEqual([]);
  });

  test('is demanded if strict', () => {
    const paths = (request: object) =>
      problemsOf(request, { strict: true, hasCommand: true }).map(({ path }) => path);
    expect(paths({}).sort()).toEqual([
      'AlgorithmSpecification',
      'AlgorithmSpecification.TrainingImage',
      'OutputDataConfig',
      'ResourceConfig',
      'ResourceConfig.InstanceCount',
      'ResourceConfig.InstanceType',
      'RoleArn',
      'StoppingCondition',
      'TrainingJobName',
    ]);
    const [complete] = Object.values(EXAMPLES);
    expect(paths({ ...complete, EnableManagedSpotTraining: true })).toEqual([
      'StoppingCondition.MaxWaitTimeInSeconds',
    ]);
  });
});

test('the request is left as it is', () => {
  const request = structuredClone(EXAMPLES[Object.keys(EXAMPLES)[6]!]);
  const before = structuredClone(request);
  const resolved = resolveTrainingRequest(request, { baseDir: '/elsewhere' });
  expect(request).toEqual(before);
  expect(resolved.InputDataConfig[0]).not.toBe(request!.InputDataConfig![0]);
});

describe('where there is an s3:// URI, something of this machine may stand', () => {
  const channelAt = (S3Uri: string | URL) => ({
    InputDataConfig: [
      { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri } } },
    ],
  });
  const atChannel = 'InputDataConfig[0].DataSource.S3DataSource.S3Uri';
  const uriOf = (S3Uri: string | URL) => {
    const resolved = resolveTrainingRequest(channelAt(S3Uri), { hasCommand: true, baseDir: '/jobs/a' });
    return resolved.InputDataConfig[0]!.DataSource!.S3DataSource!.S3Uri;
  };

  test.each<[string | URL, string]>([
    ['data', '/jobs/a/data'],
    ['./data/', '/jobs/a/data'],
    ['../b/data', '/jobs/b/data'],
    ['/data', '/data'],
    ['file:///data/a%20b', '/data/a b'],
    ['FILE:///data', '/data'],
    [new URL('file:///data/a%20b'), '/data/a b'],
    [new URL('s3://bucket/a'), 's3://bucket/a'],
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/a//b/', 's3://bucket/a//b/'],
    [`/${'x'.repeat(3000)}`, `/${'x'.repeat(3000)}`],
  ])('%j is %j', (given, resolved) => {
    expect(uriOf(given)).toBe(resolved);
  });

  test.each<[string | URL, string]>([
    ['', 'a file:// URL or a path'],
    ['a\0b', 'a file:// URL or a path'],
    ['https://bucket/x', 's3://BUCKET/KEY'],
    ['https://bucket.s3.amazonaws.com/x', 'with the name of a bucket. Use "s3://bucket/x".'],
    ['arn:aws:s3:::bucket/x', 'Use "s3://bucket/x".'],
    ['s3a://bucket/x', 'Use "s3://bucket/x".'],
    [new URL('s3://bucket/a b'), 'without "%"'],
    ['s3://', 'with the name of a bucket'],
    ['S3://bucket/x', 'Use "s3://bucket/x".'],
    [`s3://bucket/${'x'.repeat(1024)}`, 'at most 1024 characters (it has 1036)'],
    ['file://host/data', 'a file:// URL with an absolute path'],
    ['file:data', 'a file:// URL with an absolute path'],
  ])('%j is refused', (given, text) => {
    const problems = problemsOf(channelAt(given), { hasCommand: true });
    expect(problems.map(({ path }) => path)).toEqual([atChannel]);
    expect(problems[0]!.message).toContain(text);
  });

  test('wherever it is', () => {
    const S3OutputPath = 'out';
    const local = {
      OutputDataConfig: { S3OutputPath },
      CheckpointConfig: { S3Uri: 'file:///checkpoints' },
      DebugHookConfig: { S3OutputPath },
      ProfilerConfig: { S3OutputPath },
      TensorBoardOutputConfig: { S3OutputPath },
    };
    const S3Resolved = { S3OutputPath: '/jobs/a/out' };
    expect(resolveTrainingRequest(local, { hasCommand: true, baseDir: '/jobs/a' })).toMatchObject({
      OutputDataConfig: S3Resolved,
      CheckpointConfig: { S3Uri: '/checkpoints' },
      DebugHookConfig: S3Resolved,
      ProfilerConfig: S3Resolved,
      TensorBoardOutputConfig: S3Resolved,
    });
  });

  test('relative to the working directory by default', () => {
    const { OutputDataConfig } = resolveTrainingRequest(
      { OutputDataConfig: { S3OutputPath: 'out' } },
      { hasCommand: true },
    );
    expect(OutputDataConfig!.S3OutputPath).toBe(`${process.cwd()}/out`);
  });

  test('and the directory of a file system is one of this machine', () => {
    const source = { FileSystemId: 'fs-01234567', FileSystemAccessMode: 'ro', FileSystemType: 'EFS' };
    const request = (DirectoryPath: string | URL) => ({
      AlgorithmSpecification: { TrainingInputMode: 'File' },
      InputDataConfig: [
        { ChannelName: 'train', DataSource: { FileSystemDataSource: { ...source, DirectoryPath } } },
      ],
    });
    for (const [given, resolved] of [
      ['data', '/jobs/a/data'],
      ['file:///data', '/data'],
      [new URL('file:///data'), '/data'],
    ] as const) {
      const { InputDataConfig } = resolveTrainingRequest(request(given), {
        hasCommand: true,
        baseDir: '/jobs/a',
      });
      expect(InputDataConfig[0]!.DataSource).toEqual({
        FileSystemDataSource: { ...source, DirectoryPath: resolved },
      });
    }
  });

  test('but a path within a container is no URL', () => {
    const CheckpointConfig = { S3Uri: 'out', LocalPath: new URL('file:///opt/ml/checkpoints') };
    const problems = problemsOf({ CheckpointConfig }, { hasCommand: true });
    expect(problems.map(({ message }) => message)).toEqual([
      "CheckpointConfig.LocalPath is `'file:///opt/ml/checkpoints'` (URL): expected a string.",
    ]);
  });

  test('but not if strict', () => {
    const [complete] = Object.values(EXAMPLES);
    for (const S3OutputPath of [
      'out',
      'file:///out',
      'https://bucket.s3.amazonaws.com/out',
      's3a://bucket/out',
      'arn:aws:s3:::bucket/out',
      new URL('s3://bucket/out'),
      's3://',
      's3://b?/x',
    ]) {
      const problems = problemsOf({ ...complete, OutputDataConfig: { S3OutputPath } }, { strict: true });
      expect(
        problems.map(({ path }) => path),
        String(S3OutputPath),
      ).toEqual(['OutputDataConfig.S3OutputPath']);
    }
  });
});

describe('the error', () => {
  test('lists every problem on its own line, and carries them', () => {
    const request = { HyperParameters: { epochs: 3 }, InputDataConfig: [], Tags: 5 };
    const error = refusal(request);
    expect(error.message).toBe(
      `The request of the training job has 4 problems:
- HyperParameters["epochs"] is \`3\` (number): expected a string. Write it in quotes: '3'.
- InputDataConfig is \`[]\` (object): expected a list of 1 to 20 (it has 0).
- Tags is \`5\` (number): expected a list.
- AlgorithmSpecification.TrainingImage is required, and is not there. Name an image, or give a command to run.`,
    );
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      help: expect.stringMatching(/#invalid_request$/),
    });
    expect(error.problems).toContainEqual({
      path: 'Tags',
      value: '`5` (number)',
      rule: 'a list',
      message: 'Tags is `5` (number): expected a list.',
    });
  });

  test('has a problem only', () => {
    expect(
      refusal({ Tag: [], AlgorithmSpecification: { TrainingImage: 'x', TrainingInputMode: 'Pipe' } }).message,
    ).toMatch(
      /^The request of the training job has a problem:\n- Tag is `\[\]` \(object\): CreateTrainingJobRequest has no such field\. Did you mean `Tags`\?/,
    );
  });

  test('of what is no request at all says so', () => {
    expect(refusal('{}').message).toContain("- It is `'{}'` (string): expected an object.");
  });

  test('is one of a channel, with all its problems', () => {
    const channel = { ChannelName: 'train', DataSource: {}, ContentType: 'a\nb', CompressionType: 'gzip' };
    expect(() => fromChannel(channel, { dest: '/d' })).toThrow(
      `Channel "train" of InputDataConfig has 3 problems:
- ContentType is \`'a\\nb'\` (string): expected one line, without line breaks.
- CompressionType is \`'gzip'\` (string): expected one of None, Gzip. Did you mean \`Gzip\`?
- DataSource is \`{…}\` (object): expected exactly one of S3DataSource, FileSystemDataSource, DatasetSource. It has none.`,
    );
  });
});

function refusal(request: unknown): PipeModeError {
  try {
    resolveTrainingRequest(request);
  } catch (error) {
    if (error instanceof PipeModeError) return error;
    throw error;
  }
  throw new Error('It should have been refused.');
}
