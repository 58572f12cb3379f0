import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { resolveTrainingRequest } from '../../src/sagemaker/resolve-training-request.js';
import type { TrainingJobRequest } from '../../src/sagemaker/training-request.js';
import { environmentOf } from '../../src/training/opt-ml/environment.js';
import { hostsOf } from '../../src/training/opt-ml/hosts.js';
import { OptMl } from '../../src/training/opt-ml/layout.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** Lays out what the host of that number sees. */
function layOut(request: TrainingJobRequest, number = 1, base = '/opt/ml') {
  const resolved = resolveTrainingRequest(request, { hasCommand: true, withSource: new Set(['own']) });
  const hosts = hostsOf(resolved);
  const directory = scratch.path('ml');
  mkdirSync(directory, { recursive: true });
  const optMl = new OptMl(directory, resolved, { host: hosts[number - 1]!, hosts, base });
  optMl.make();
  const read = (name: string) => JSON.parse(readFileSync(join(directory, 'input/config', name), 'utf8'));
  return { directory, optMl, read, resolved };
}

const channel = (ChannelName: string, more: object = {}) => ({
  ChannelName,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: './data' } },
  ...more,
});

describe('configuration', () => {
  test('hyperparameters.json is an object of strings', () => {
    const { read } = layOut({ HyperParameters: { epochs: '3', text: '"quoted"', empty: '' } });
    expect(read('hyperparameters.json')).toEqual({ epochs: '3', text: '"quoted"', empty: '' });
  });

  test('inputdataconfig.json has each channel as it is delivered', () => {
    const { read } = layOut({
      AlgorithmSpecification: { TrainingInputMode: 'Pipe' },
      InputDataConfig: [
        channel('plain'),
        channel('typed', { ContentType: 'text/csv', RecordWrapperType: 'RecordIO' }),
        channel('file', { InputMode: 'FastFile' }),
        channel('shared', {
          DataSource: {
            S3DataSource: {
              S3DataType: 'S3Prefix',
              S3Uri: 's3://bucket/x',
              S3DataDistributionType: 'ShardedByS3Key',
            },
          },
        }),
        { ChannelName: 'own', DataSource: undefined },
      ],
    });
    const plain = {
      TrainingInputMode: 'Pipe',
      S3DistributionType: 'FullyReplicated',
      RecordWrapperType: 'None',
    };
    expect(read('inputdataconfig.json')).toEqual({
      plain,
      typed: { ...plain, ContentType: 'text/csv', RecordWrapperType: 'RecordIO' },
      file: { ...plain, TrainingInputMode: 'FastFile' },
      shared: { ...plain, S3DistributionType: 'ShardedByS3Key' },
      own: plain,
    });
  });

  test('resourceconfig.json of a job with one host', () => {
    const { read } = layOut({ ResourceConfig: { InstanceType: 'ml.c5.xlarge', InstanceCount: 1 } });
    const { network_interface_name: name, ...rest } = read('resourceconfig.json');
    expect(rest).toEqual({
      current_host: 'algo-1',
      hosts: ['algo-1'],
      current_instance_type: 'ml.c5.xlarge',
      current_group_name: 'homogeneousCluster',
      instance_groups: [
        { instance_group_name: 'homogeneousCluster', instance_type: 'ml.c5.xlarge', hosts: ['algo-1'] },
      ],
    });
    expect(Object.keys(networkInterfaces())).toContain(name);
  });

  test('resourceconfig.json sorts hosts as text, and knows groups', () => {
    const groups = [
      { InstanceGroupName: 'big', InstanceType: 'ml.p3.2xlarge', InstanceCount: 9 },
      { InstanceGroupName: 'none', InstanceType: 'ml.m5.large', InstanceCount: 0 },
      { InstanceGroupName: 'small', InstanceType: 'ml.m5.large', InstanceCount: 2 },
    ];
    const config = layOut({ ResourceConfig: { InstanceGroups: groups } }, 11).read('resourceconfig.json');
    expect(config.hosts.slice(0, 4)).toEqual(['algo-1', 'algo-10', 'algo-11', 'algo-2']);
    expect(config).toMatchObject({
      current_host: 'algo-11',
      current_group_name: 'small',
      current_instance_type: 'ml.m5.large',
    });
    expect(config.instance_groups.at(-1)).toEqual({
      instance_group_name: 'small',
      instance_type: 'ml.m5.large',
      hosts: ['algo-10', 'algo-11'],
    });
  });

  test.each([
    [{}, undefined],
    [{ CheckpointConfig: { S3Uri: './ckpt' } }, '/opt/ml/checkpoints'],
    [{ CheckpointConfig: { S3Uri: './ckpt', LocalPath: '/opt/ml/own/place' } }, '/opt/ml/own/place'],
  ])('checkpointconfig.json is there when checkpoints are on: %j', (request, path) => {
    const { directory, read } = layOut(request);
    const file = join(directory, 'input/config/checkpointconfig.json');
    expect(existsSync(file)).toBe(path !== undefined);
    if (path === undefined) return;
    expect(read('checkpointconfig.json')).toEqual({ LocalPath: path });
    expect(statSync(join(directory, path.slice('/opt/ml'.length))).isDirectory()).toBe(true);
  });

  test('without a namespace, paths are those of the job’s directory', () => {
    const request = { CheckpointConfig: { S3Uri: './ckpt', LocalPath: '/opt/ml/own' } };
    expect(layOut(request, 1, scratch.path('ml')).read('checkpointconfig.json')).toEqual({
      LocalPath: scratch.path('ml', 'own'),
    });
  });
});

describe('what public clients read (contract.md, section 7)', () => {
  const request = { InputDataConfig: [channel('train')], HyperParameters: { epochs: '3' } };

  test.each(['resourceconfig.json', 'inputdataconfig.json', 'hyperparameters.json'])(
    'sagemaker-training-toolkit: %s is there, also for a request without anything',
    (name) => {
      expect(layOut({}).read(name)).toBeTypeOf('object');
    },
  );

  test('sagemaker-training-toolkit: hosts and current_host, in a list that is not empty, of names up to 39 characters', () => {
    const { hosts, current_host: current } = layOut({}).read('resourceconfig.json');
    expect(hosts).toContain(current);
    expect(Math.max(...hosts.map((name: string) => name.length))).toBeLessThanOrEqual(39);
  });

  test('sagemaker-training-toolkit: the current group has its hosts', () => {
    const { instance_groups: groups, current_group_name: name } = layOut({}).read('resourceconfig.json');
    const own = groups.find((group: { instance_group_name: string }) => group.instance_group_name === name);
    expect(own.hosts).toEqual(['algo-1']);
  });

  test('sagemaker-training-toolkit: output is there, or exit statuses get lost; model too; all of it can be written', () => {
    const { directory } = layOut({});
    for (const name of ['', 'output', 'output/data', 'model', 'input/data'])
      expect(statSync(join(directory, name)).mode & 0o700).toBe(0o700);
  });

  test('sagemaker-training-toolkit: its environment', () => {
    const { resolved } = layOut({ TrainingJobName: 'job', Environment: { OWN: 'x', PATH: '/own' } });
    expect(environmentOf(resolved, 'algo-1', { PATH: '/bin', HOME: '/root' })).toEqual({
      PATH: '/own',
      HOME: '/root',
      TRAINING_JOB_NAME: 'job',
      TRAINING_JOB_ARN: expect.stringMatching(
        /^arn:aws:sagemaker:[a-z0-9-]+:000000000000:training-job\/job$/,
      ),
      AWS_REGION: 'us-east-1',
      CURRENT_HOST: 'algo-1',
      OWN: 'x',
    });
  });

  test('PipeModeDataset: the channel, with the mode Pipe', () => {
    expect(layOut(request).read('inputdataconfig.json').train.TrainingInputMode).toBe('Pipe');
  });

  test('the XGBoost container: TrainingInputMode, S3DistributionType and RecordWrapperType without a default', () => {
    expect(Object.keys(layOut(request).read('inputdataconfig.json').train).sort()).toEqual([
      'RecordWrapperType',
      'S3DistributionType',
      'TrainingInputMode',
    ]);
  });
});
