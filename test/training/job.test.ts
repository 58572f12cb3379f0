import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { PipeModeError } from 'sagemaker-pipe-mode';
import {
  runTrainingJob,
  startTrainingJob,
  type ResolvedTrainingRequest,
  type StatusEvent,
  type TrainingJobDescription,
  type TrainingJobRequest,
  TrainingJobError,
} from 'sagemaker-pipe-mode/training';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

afterEach(() => {
  vi.unstubAllEnvs();
});

const ISOLATIONS = process.platform === 'linux' ? (['namespace', 'none'] as const) : (['none'] as const);

describe.each(ISOLATIONS)('isolation: %s', (isolation) => {
  test('every way to have a channel', async () => {
    jobs.files({ 'in/a': 'A', 'in/b': 'B' });
    await using job = jobs.sh(
      `cat $ML/input/data/prefix_0 $ML/input/data/memory_0 $ML/input/data/memory_1 > $ML/model/all
       cat $ML/input/data/file/a $ML/input/data/file/b $ML/input/data/upper_0 >> $ML/model/all
       [ ! -e $ML/input/data/memory_2 ] || exit 9
       cp $ML/input/config/inputdataconfig.json $ML/output/data`,
      {
        InputDataConfig: [
          {
            ChannelName: 'prefix',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 'in/' } },
          },
          { ChannelName: 'file', DataSource: undefined, InputMode: 'File' },
        ],
      },
      {
        isolation,
        baseDir: jobs.dir,
        channels: {
          memory: { source: [{ key: 'k', body: 'memory.' }], epochs: 2 },
          file: { source: 'in' },
          upper: {
            source: [{ key: 'k', body: 'upper' }],
            transforms: [(object) => ({ ...object, open: () => [Buffer.from('UPPER')] as never })],
          },
        },
      },
    );
    const result = await job.finished();
    expect(await result.model.readText('all')).toBe('ABmemory.memory.ABUPPER');
    expect(JSON.parse(await result.output.readText('inputdataconfig.json'))).toMatchObject({
      prefix: { TrainingInputMode: 'Pipe' },
      memory: { TrainingInputMode: 'Pipe' },
      file: { TrainingInputMode: 'File' },
    });
    expect(result.findings).toEqual([]);
  });

  test('the arguments and the environment of the algorithm', async () => {
    await using job = jobs.sh(
      'echo "$@" "$TRAINING_JOB_NAME" "$OWN" > $ML/model/m',
      { TrainingJobName: 'my-job', Environment: { OWN: 'own' } },
      { isolation },
    );
    const result = await job.finished();
    expect(await result.model.readText('m')).toBe('train my-job own\n');
  });

  test('a SAGEMAKER_BASE_DIR of this process is not for it, but one that was asked for is', async () => {
    vi.stubEnv('SAGEMAKER_BASE_DIR', '/elsewhere');
    const seenBy = async (request: TrainingJobRequest, env?: NodeJS.ProcessEnv) => {
      const command = ['sh', '-c', 'echo "$SAGEMAKER_BASE_DIR"', 'sh'];
      await using job = startTrainingJob(request, { command, isolation, env });
      const lines: string[] = [];
      for await (const { text } of job.logs()) lines.push(text.replace(job.directory, 'JOB'));
      return lines;
    };
    const isNamespace = isolation === 'namespace';
    expect(await seenBy({})).toEqual([isNamespace ? '' : 'JOB/algo-1']);
    if (!isNamespace) return;
    expect(await seenBy({}, process.env)).toEqual(['/elsewhere']);
    expect(await seenBy({ Environment: { SAGEMAKER_BASE_DIR: '/own' } })).toEqual(['/own']);
  });

  // sagemaker-training-toolkit looks for each of them, for up to 15 minutes.
  test('its host has a name that can be looked up', async () => {
    await using job = jobs.python(
      `
import json, os, socket
ML = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
config = json.load(open(ML + "/input/config/resourceconfig.json"))
assert [config["current_host"]] == config["hosts"] == config["instance_groups"][0]["hosts"]
name = os.environ["CURRENT_HOST"]
assert name == config["current_host"]
print(name, socket.gethostbyname(name).split(".")[0])`,
      {},
      { isolation },
    );
    await job.finished();
    const lines: string[] = [];
    for await (const { text } of job.logs()) lines.push(text);
    expect(lines).toEqual([`${isolation === 'none' ? 'localhost' : 'algo-1'} 127`]);
  });

  test('a channel that fails ends the algorithm before it can see an end of the data', async () => {
    let isReading!: () => void;
    const reading = new Promise<void>((resolve) => (isReading = resolve));
    const broken = {
      async *[Symbol.asyncIterator]() {
        yield Buffer.from('first half');
        await reading; // what fails before the algorithm runs is no failure of a running one
        throw new Error('the disk is gone');
      },
    };
    await using job = jobs.sh(
      `trap '' TERM; echo reading; cat $ML/input/data/train_0 > $ML/output/data/read
       echo end >> $ML/output/data/ended; sleep 60`,
      {},
      { isolation, channels: { train: { source: [{ key: 'k', body: () => broken }] } } },
    );
    for await (const { text } of job.logs()) if (text === 'reading') break;
    isReading();
    const error = await failureOf(job);
    expect(error).toMatchObject({
      code: 'TRAINING_JOB_FAILED',
      status: 'Failed',
      signal: 'SIGKILL',
      channel: 'train',
    });
    expect(error.cause).toBeInstanceOf(PipeModeError);
    expect(error.message).toContain('the disk is gone');
    expect(error.failureReason).toMatch(/^ClientError: .*the disk is gone/);
    expect(error.result.output.list()).toEqual(['read']);
    expect(job.describe().FailureReason).toBe(error.failureReason);
  });

  test('stop() is SIGTERM, and no failure', async () => {
    await using job = jobs.sh(
      `trap 'echo saved > $ML/model/m; exit 0' TERM; echo ready; while :; do sleep 0.01; done`,
      {},
      { isolation },
    );
    for await (const { text } of job.logs()) if (text === 'ready') break;
    await job.stop();
    const result = await job.finished();
    expect(result).toMatchObject({
      status: 'Stopped',
      secondaryStatus: 'Stopped',
      exitCode: 0,
      findings: [],
    });
    expect(await result.model.readText('m')).toBe('saved\n');
  });

  test('who ignores SIGTERM is killed when the grace is over', async () => {
    await using job = jobs.sh(
      `trap '' TERM; echo ready; while :; do sleep 0.05; done`,
      {},
      {
        isolation,
        stopGraceMs: 100,
      },
    );
    for await (const { text } of job.logs()) if (text === 'ready') break;
    await job.stop();
    const result = await job.finished();
    expect(result).toMatchObject({ status: 'Stopped', exitCode: null, signal: 'SIGKILL' });
    expect(result.findings.map(({ id }) => id)).toEqual(['sigterm-ignored']);
  });

  test('disposal kills at once, and removes everything', async () => {
    const job = jobs.sh(`trap '' TERM; echo ready; while :; do sleep 0.05; done`, {}, { isolation });
    for await (const { text } of job.logs()) if (text === 'ready') break;
    expect(existsSync(job.directory)).toBe(true);
    await job[Symbol.asyncDispose]();
    expect(existsSync(job.directory)).toBe(false);
    expect(await job.finished()).toMatchObject({ status: 'Stopped', signal: 'SIGKILL' });
  });

  test('an abort stops it too, and is what it rejects with', async () => {
    const controller = new AbortController();
    await using job = jobs.sh(
      `trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done`,
      {},
      {
        isolation,
        signal: controller.signal,
      },
    );
    for await (const { text } of job.logs()) if (text === 'ready') break;
    controller.abort('enough');
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'ABORTED', cause: 'enough', status: 'Stopped', exitCode: 4 });
  });

  test('MaxRuntimeInSeconds: the error says what everybody waited for', async () => {
    await using job = jobs.python(
      'import os; print("ready", flush=True); open(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml") + "/input/data/train_1")',
      { StoppingCondition: { MaxRuntimeInSeconds: 1 } },
      {
        isolation,
        stopGraceMs: 50,
        channels: { train: { source: [{ key: 'k', body: 'x' }], epochs: 2 } },
      },
    );
    const error = await failureOf(job);
    expect(error).toMatchObject({
      code: 'TRAINING_JOB_TIMED_OUT',
      status: 'Stopped',
      secondaryStatus: 'MaxRuntimeExceeded',
    });
    expect(error.message).toMatch(/train: waited for \S+ s for somebody to open train_0 \(epoch 0\)/);
  });
});

test.runIf(process.platform === 'linux')(
  'in a namespace: what it waits for, its host, and its directory',
  async () => {
    await using job = jobs.sh(
      'getent hosts algo-1; hostname; mkfifo /opt/ml/output/data/f; cat /opt/ml/output/data/f',
      {
        StoppingCondition: { MaxRuntimeInSeconds: 1 },
      },
      { stopGraceMs: 0 },
    );
    const error = await failureOf(job);
    expect(error.lastLines).toEqual([expect.stringMatching(/^127\.\d+\.\d+\.1\s+algo-1$/), 'algo-1']);
    expect(error.message).toContain('waits in open("/opt/ml/output/data/f") for somebody to write');
  },
);

test('statuses, as events and as DescribeTrainingJob has them', async () => {
  const events: StatusEvent[] = [];
  await using job = jobs.sh(
    'echo loss=0.5; echo x > $ML/model/m',
    {
      TrainingJobName: 'described',
      HyperParameters: { a: '1' },
      AlgorithmSpecification: {
        TrainingInputMode: 'Pipe',
        MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
      },
    },
    { channels: { train: { source: [{ key: 'k', body: 'x' }] } } },
  );
  job.on('status', (event) => events.push(event));
  expect(job.status).toBe('InProgress');
  expect(job.describe()).toMatchObject({ SecondaryStatus: 'Starting' });
  expect(job.describe().TrainingStartTime).toBeUndefined();
  await job.finished();
  expect(events.map(({ secondaryStatus }) => secondaryStatus)).toEqual([
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ]);
  const description = job.describe();
  type Own = Exclude<keyof TrainingJobDescription, keyof ResolvedTrainingRequest>;
  const own: Pick<TrainingJobDescription, Own> = description;
  const inAwsShape: Partial<DescribeTrainingJobResponse> = {
    ...own,
    SecondaryStatusTransitions: [...own.SecondaryStatusTransitions],
    FinalMetricDataList: [...own.FinalMetricDataList],
  };
  expect(inAwsShape).toMatchObject({
    TrainingJobArn: job.arn,
    TrainingJobStatus: 'Completed',
    SecondaryStatus: 'Completed',
    CreationTime: expect.any(Date),
    TrainingStartTime: expect.any(Date),
    TrainingEndTime: expect.any(Date),
    TrainingTimeInSeconds: expect.any(Number),
    FinalMetricDataList: [{ MetricName: 'loss', Value: 0.5, Timestamp: expect.any(Date) }],
  });
  expect(description).toMatchObject({
    HyperParameters: { a: '1' },
    InputDataConfig: [{ ChannelName: 'train' }],
  });
  const transitions = description.SecondaryStatusTransitions;
  expect(transitions.map(({ Status }) => Status)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ]);
  for (const [index, { StartTime, EndTime }] of transitions.entries()) {
    expect(EndTime).toEqual(transitions[index + 1]?.StartTime ?? StartTime);
  }
});

test('ContainerEntrypoint runs instead of the command, with ContainerArguments', async () => {
  const specification = {
    TrainingInputMode: 'Pipe',
    ContainerEntrypoint: ['sh', '-c', 'echo "$@" > /opt/ml/model/m', 'sh'],
  };
  const run = async (more: object) => {
    await using result = await runTrainingJob(
      { AlgorithmSpecification: { ...specification, ...more } },
      { command: ['false'] },
    );
    return await result.model.readText('m');
  };
  expect(await run({})).toBe('\n');
  expect(await run({ ContainerArguments: ['a', 'b'] })).toBe('a b\n');
});

describe('what cannot be started', () => {
  test('is found before anything is done: all problems of the request', () => {
    const request = {
      TrainingJobName: '-',
      HyperParameters: { a: 1 as never },
      ResourceConfig: { InstanceCount: 2 },
    };
    expect(() => startTrainingJob(request, { command: ['true'] })).toThrow(PipeModeError);
    const start = (given: object, more: object = {}) => {
      try {
        startTrainingJob(given, { command: ['true'], ...more });
      } catch (error) {
        return error as PipeModeError;
      }
      throw new Error('It was started.');
    };
    expect(start(request).problems?.map(({ path }) => path)).toEqual([
      'TrainingJobName',
      'HyperParameters["a"]',
    ]);
    expect(start({ ResourceConfig: { InstanceCount: 2 } }, { isolation: 'none' })).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('one instance'),
    });
    expect(start({ CheckpointConfig: { S3Uri: './x', LocalPath: '/root' } }).message).toContain(
      'below /opt/ml',
    );
    expect(start({}, { channels: { 'a/b': { source: 'x' } } }).code).toBe('INVALID_CHANNEL_NAME');
    const training = { InputDataConfig: [{ ChannelName: 'training' }] };
    expect(start(training, { channels: { trainin: { epochs: 2 } } })).toMatchObject({
      code: 'INVALID_OPTION',
      message:
        'Expected `channels.trainin.source` to be where its data is, got `undefined` (undefined). InputDataConfig has no channel "trainin" that would say it. Did you mean `training`?',
    });
    expect(start({}, { channels: { train: {} } }).message).toContain('`channels.train.source`');
    expect(start(training, { channels: { trainin: { source: 'x' } } }).message).toContain(
      'InputDataConfig[0].DataSource is required, and is not there. There is none for "training" beside the request either. Did you mean `trainin`?',
    );
    expect(start({ OutputDataConfig: { S3OutputPath: 's3://b/out' } }).message).toContain(
      'has 3 to 63 characters',
    );
    expect(start({}, { cwd: jobs.path('nowhere') }).message).toContain('`cwd`');
    const tooMany = expect.stringContaining(
      'at most 254 instances here, which is a limit of sagemaker-pipe-mode',
    );
    expect(start({ ResourceConfig: { InstanceCount: 255 } }).problems).toMatchObject([
      { path: 'ResourceConfig.InstanceCount', value: '255', message: tooMany },
    ]);
    const group = (InstanceGroupName: string) => ({
      InstanceGroupName,
      InstanceType: 'ml.m5.large',
      InstanceCount: 1_000_000_000,
    });
    expect(start({ ResourceConfig: { InstanceGroups: [group('a')] } }).problems).toMatchObject([
      { path: 'ResourceConfig.InstanceGroups', message: tooMany },
    ]);
    expect(start({}, { channels: { train: { source: 'x', sorce: 'y' } } }).code).toBe('UNKNOWN_OPTION');
    expect(
      start({}, { channels: { train: { source: 'x', gunzip: true, inputMode: 'File' } } }).message,
    ).toContain('CompressionType');
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('hostile');
        },
      },
    );
    const withChannel = { channels: { train: { source: 'x' } } };
    expect(start(hostile, withChannel)).toBeInstanceOf(PipeModeError);
    expect(start({}, { env: { A: 1 } }).message).toContain('`env.A`');
    expect(start({}, { command: [] }).message).toContain('`command`');
    expect(start({}, { stopGraceMs: -1 }).message).toContain('`stopGraceMs`');
    expect(start({}, { strict: true }).problems?.map(({ path }) => path)).toContain('RoleArn');
    const metrics = { TrainingInputMode: 'Pipe', MetricDefinitions: [{ Name: 'x', Regex: '(' }] };
    expect(start({ AlgorithmSpecification: metrics }).message).toContain('MetricDefinitions[0].Regex');
  });

  test('rejects with what is wrong: a program that is not there, data that is not there', async () => {
    await using none = jobs.sh('', {}, { command: ['no-such-program'] });
    expect(await rejection(none.finished())).toMatchObject({ code: 'PROGRAM_NOT_FOUND' });
    expect(none.describe()).toMatchObject({
      TrainingJobStatus: 'Failed',
      SecondaryStatus: 'Failed',
      FailureReason: expect.stringMatching(/^ClientError: .*no-such-program/),
    });
    await using empty = jobs.sh('', {}, { channels: { train: { source: jobs.path('nowhere') } } });
    const error = await rejection(empty.finished());
    expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', channel: 'train' });
    expect(empty.describe().FailureReason).toContain(jobs.path('nowhere'));
  });

  test('is not started when its signal was aborted before, or when it was stopped at once', async () => {
    await using aborted = jobs.sh('true', {}, { signal: AbortSignal.abort('no') });
    expect(await rejection(aborted.finished())).toMatchObject({ code: 'ABORTED', cause: 'no' });
    await using job = jobs.sh('true', {}, { channels: { train: { source: [{ key: 'k', body: 'x' }] } } });
    await job.stop();
    expect(await job.finished()).toMatchObject({ status: 'Stopped', exitCode: undefined });
  });

  test('is given up while its data is fetched', async () => {
    const never = {
      async *[Symbol.asyncIterator]() {
        await new Promise(() => {});
        yield Buffer.from('x');
      },
    };
    await using job = jobs.sh(
      'true',
      {},
      {
        channels: { train: { source: [{ key: 'k', body: () => never }], inputMode: 'File' } },
      },
    );
    job.on('status', ({ secondaryStatus }) => void (secondaryStatus === 'Downloading' && job.stop()));
    expect(await job.finished()).toMatchObject({ status: 'Stopped', exitCode: undefined });
  });
});

describe('the directory of a job', () => {
  test('is the caller’s, if he names one', async () => {
    const directory = jobs.path('kept');
    {
      await using job = jobs.sh('echo hello; echo 1 > $ML/model/m', {}, { directory });
      await job.finished();
    }
    expect(readdirSync(directory).sort()).toEqual(['algo-1', 'logs']);
    expect(readFileSync(join(directory, 'algo-1/model/m'), 'utf8')).toBe('1\n');
    expect(readFileSync(join(directory, 'logs/algo-1.log'), 'utf8')).toMatch(/^\S+Z stdout F hello\n$/);
    await using again = jobs.sh('true', {}, { directory });
    expect(await rejection(again.finished())).toMatchObject({ code: 'DEST_OCCUPIED', path: directory });
  });

  test('goes with the result', async () => {
    const result = await runTrainingJob({}, { command: ['true'] });
    expect(existsSync(result.logFile)).toBe(true);
    await result[Symbol.asyncDispose]();
    expect(existsSync(result.logFile)).toBe(false);
  });

  test('is gone when runTrainingJob() has failed', async () => {
    const error: unknown = await rejection(runTrainingJob({}, { command: ['false'] }));
    if (!(error instanceof TrainingJobError)) throw new Error('Not a TrainingJobError');
    expect(existsSync(error.result.logFile)).toBe(false);
  });

  test('can be removed, whatever the algorithm has done to it', async () => {
    await using job = jobs.sh(
      'mkdir -p $ML/model/a/b; echo 1 > $ML/model/a/b/c; chmod 500 $ML/model/a/b $ML/model/a',
    );
    await job.finished();
  });
});

test('twenty jobs at once do not see each other', async () => {
  const all = Array.from({ length: 20 }, (_, index) =>
    jobs.sh(
      'cat $ML/input/data/train_0 > $ML/model/m',
      {},
      {
        channels: { train: { source: [{ key: 'k', body: `job ${index}` }] } },
      },
    ),
  );
  const results = await Promise.all(all.map((job) => job.finished()));
  const texts = await Promise.all(results.map(({ model }) => model.readText('m')));
  expect(texts).toEqual(all.map((_job, index) => `job ${index}`));
  await Promise.all(all.map((job) => job[Symbol.asyncDispose]()));
});

test('a relative path of the program starts at baseDir', async () => {
  mkdirSync(jobs.path('sub'));
  writeFileSync(jobs.path('sub', 'run.sh'), '#!/bin/sh\npwd > /opt/ml/model/m\n', { mode: 0o755 });
  await using job = jobs.sh('', {}, { command: ['./run.sh'], baseDir: jobs.path('sub') });
  expect(await (await job.finished()).model.readText('m')).toBe(`${jobs.path('sub')}\n`);
});

test('a stop() when it is over leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await using job = jobs.sh('true');
  await job.finished();
  const before = timers();
  await job.stop();
  expect(timers()).toBe(before);
});
