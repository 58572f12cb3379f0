import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { startTrainingJob, type TrainingJob, type TrainingJobRequest } from 'sagemaker-pipe-mode/training';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { rejection } from '../support/expected-errors.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();
let server: S3Server;
beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
});
afterEach(() => server.stop());

const SPOT = { EnableManagedSpotTraining: true } as const;
const FOREVER = 'while :; do sleep 0.02; done';

/** Says at which step it begins, saves the next one, and waits for its end until it has saved the third. */
const STEPS = `
  trap 'echo ended; exit 1' TERM
  step=$(cat $ML/checkpoints/step 2> /dev/null || echo 0)
  read epoch < $ML/input/data/train_0
  echo "from $step with $epoch: $(ls $ML/model $ML/output/data | wc -w)"
  step=$((step + 1))
  echo $step > $ML/checkpoints/step
  touch $ML/model/attempt-$step
  [ $step = 3 ] && exit
  echo saved; ${FOREVER}`;

const TRAIN = { train: { source: [{ key: 'k', body: 'data\n' }] } };

/** What it says then: the names of two directories, with nothing in them. */
const begins = (step: number) => `from ${step} with data: 2`;

/** Calls back at every line of that text, and answers all lines. */
async function atLine(job: TrainingJob, text: string, act: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of job.logs()) {
    lines.push(line.text);
    if (line.text === text) await act();
  }
  return lines;
}

const statuses = (job: TrainingJob) => job.describe().SecondaryStatusTransitions.map(({ Status }) => Status);

describe.each(['S3', 'a directory'])('with checkpoints in %s', (place) => {
  const S3Uri = () => (place === 'S3' ? 's3://bucket/checkpoints' : jobs.path('checkpoints'));

  test('a job that is interrupted begins again from what it has saved', async () => {
    const request = { ...SPOT, CheckpointConfig: { S3Uri: S3Uri() } };
    await using job = jobs.sh(STEPS, request, { channels: TRAIN, s3: server.clientConfig });
    const lines = await atLine(job, 'saved', () => job.interrupt());
    const result = await job.finished();
    expect(lines).toEqual([begins(0), 'saved', 'ended', begins(1), 'saved', 'ended', begins(2)]);
    expect(result).toMatchObject({ status: 'Completed', exitCode: 0, findings: [] });
    expect(result.model.list()).toEqual(['attempt-3']);
    expect(await result.checkpoints.readText('step')).toBe('3\n');
    // Developer Guide, Managed Spot Training Lifecycle.
    const attempt = ['Starting', 'Downloading', 'Training'];
    expect(statuses(job)).toEqual([
      ...[...attempt, 'Interrupted', ...attempt, 'Interrupted'],
      ...[...attempt, 'Uploading', 'Completed'],
    ]);
  });
});

test('all hosts of a job are interrupted, and each gets all checkpoints', async () => {
  const script = `
    trap 'exit 0' TERM
    echo "$(hostname) finds $(cd $ML/checkpoints && echo *)"
    [ -e $ML/checkpoints/algo-1 ] && exit
    touch $ML/checkpoints/$(hostname); echo saved; ${FOREVER}`;
  const request = {
    ...SPOT,
    CheckpointConfig: { S3Uri: jobs.path('checkpoints') },
    ResourceConfig: { InstanceCount: 2 },
  };
  await using job = jobs.sh(script, request);
  let saved = 0;
  const lines = await atLine(job, 'saved', () => ++saved === 2 && job.interrupt());
  await job.finished();
  expect(lines.filter((line) => line !== 'saved').sort()).toEqual([
    ...['algo-1 finds *', 'algo-1 finds algo-1 algo-2'],
    ...['algo-2 finds *', 'algo-2 finds algo-1 algo-2'],
  ]);
});

test('after MaximumRetryAttempts interruptions the next one fails the job', async () => {
  const request = {
    RetryStrategy: { MaximumRetryAttempts: 1 },
    CheckpointConfig: { S3Uri: jobs.path('checkpoints') },
    OutputDataConfig: { S3OutputPath: jobs.path('out') },
    TrainingJobName: 'retried',
  };
  const script = `trap 'echo late > $ML/output/data/o; exit 1' TERM
    echo . >> $ML/checkpoints/c; echo m > $ML/model/m; echo saved; ${FOREVER}`;
  await using job = jobs.sh(script, request);
  await atLine(job, 'saved', () => job.interrupt());
  const error = await failureOf(job);
  expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', status: 'Failed', exitCode: 1 });
  expect(error.message).toMatch(/interrupted once more .*MaximumRetryAttempts: 1/);
  expect(job.describe().FailureReason).toMatch(/^InternalServerError: .*MaximumRetryAttempts: 1/);
  expect(statuses(job).slice(-5)).toEqual(['Starting', 'Downloading', 'Training', 'Interrupted', 'Failed']);
  expect(readFileSync(jobs.path('checkpoints/c'), 'utf8')).toBe('.\n.\n');
  expect(readdirSync(jobs.path('out/retried/output'))).toEqual(['output.tar.gz']);
});

describe('an interruption is refused', () => {
  const refusal = { code: 'INVALID_STATE' };

  test('without EnableManagedSpotTraining and RetryStrategy, and the job goes on', async () => {
    await using job = jobs.sh(
      'echo ready; read line < $ML/input/data/train_0; echo $line > $ML/model/m',
      {},
      {
        channels: TRAIN,
      },
    );
    const error = await rejection(job.interrupt());
    expect(error).toMatchObject(refusal);
    expect(error.message).toMatch(/neither EnableManagedSpotTraining nor a RetryStrategy/);
    expect(await (await job.finished()).model.readText('m')).toBe('data\n');
  });

  test('of a job that is being stopped', async () => {
    await using job = jobs.sh(`trap 'echo ended; exit 0' TERM; echo ready; ${FOREVER}`, SPOT);
    const refused: Promise<unknown>[] = [];
    const lines = await atLine(job, 'ready', () => {
      void job.stop();
      refused.push(rejection(job.interrupt()));
    });
    expect(await refused[0]).toMatchObject(refusal);
    expect(lines).toEqual(['ready', 'ended']);
    expect(await job.finished()).toMatchObject({ status: 'Stopped' });
    expect(statuses(job)).not.toContain('Interrupted');
  });

  test('of one that uploads, and of one that has ended', async () => {
    const request = { ...SPOT, OutputDataConfig: { S3OutputPath: 's3://bucket/out' } };
    await using job = jobs.sh('echo 1 > $ML/model/m', request, { s3: server.clientConfig });
    const refused: Promise<Error>[] = [];
    const then = () => refused.push(rejection(job.interrupt()));
    server.faults.add({ operation: 'PutObject', then });
    await job.finished();
    expect(await refused[0]).toMatchObject(refusal);
    expect((await refused[0])!.message).toMatch(/its algorithm has ended.*\(Uploading\)/);
    expect((await rejection(job.interrupt())).message).toMatch(/\(Completed\)/);
    expect(statuses(job)).not.toContain('Interrupted');
  });
});

test('interrupted twice at once, it is interrupted once', async () => {
  await using job = jobs.sh(
    `trap 'exit 1' TERM; [ -e $ML/checkpoints/c ] && exit; touch $ML/checkpoints/c; echo ready; ${FOREVER}`,
    { RetryStrategy: { MaximumRetryAttempts: 1 }, CheckpointConfig: { S3Uri: jobs.path('checkpoints') } },
  );
  await atLine(job, 'ready', () => Promise.all([job.interrupt(), job.interrupt()]));
  expect(await job.finished()).toMatchObject({ status: 'Completed' });
});

test('interrupted before anything is done, it begins again', async () => {
  await using job = jobs.sh('echo 1 > $ML/model/m', SPOT);
  await job.interrupt();
  expect((await job.finished()).model.list()).toEqual(['m']);
  expect(statuses(job).slice(0, 4)).toEqual(['Starting', 'Interrupted', 'Starting', 'Downloading']);
});

test('interrupted while its data is fetched, it fetches it again', async () => {
  let opened = 0;
  const body = async function* () {
    if (opened++ === 0) {
      setImmediate(() => void job.interrupt());
      await new Promise(() => {});
    }
    yield Buffer.from('data');
  };
  await using job = jobs.sh('cp $ML/input/data/train/k $ML/model/m', SPOT, {
    channels: { train: { source: [{ key: 'k', body: () => body() }], inputMode: 'File' } },
  });
  expect(await (await job.finished()).model.readText('m')).toBe('data');
  expect(opened).toBe(2);
  expect(statuses(job)).toEqual([
    ...['Starting', 'Downloading', 'Interrupted'],
    ...['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'],
  ]);
});

test('an algorithm that ignores the interruption is killed when its grace is over, and begins again', async () => {
  await using job = jobs.sh(
    `trap '' TERM; [ -e $ML/checkpoints/c ] && exit; touch $ML/checkpoints/c; echo ready; ${FOREVER}`,
    { ...SPOT, CheckpointConfig: { S3Uri: jobs.path('checkpoints') } },
    { stopGraceMs: 50 },
  );
  await atLine(job, 'ready', () => job.interrupt());
  expect(await job.finished()).toMatchObject({ status: 'Completed', exitCode: 0 });
});

describe('while it is interrupted', () => {
  /** Takes its time to end. */
  const SLOW = `trap 'echo ending; sleep 0.2; exit 1' TERM; echo ready; ${FOREVER}`;

  test('stop() ends the job, without another attempt', async () => {
    await using job = jobs.sh(SLOW, SPOT);
    const lines = await atLine(job, 'ready', () => {
      void job.interrupt();
      void job.stop();
    });
    expect(lines).toEqual(['ready', 'ending']);
    expect(await job.finished()).toMatchObject({
      status: 'Stopped',
      secondaryStatus: 'Stopped',
      exitCode: 1,
    });
    expect(statuses(job).slice(-4)).toEqual(['Training', 'Interrupted', 'Stopping', 'Stopped']);
  });

  test('so does an abort', async () => {
    const controller = new AbortController();
    await using job = jobs.sh(SLOW, SPOT, { signal: controller.signal });
    await atLine(job, 'ready', () => {
      void job.interrupt();
      controller.abort('enough');
    });
    expect(await failureOf(job)).toMatchObject({ code: 'ABORTED', cause: 'enough', status: 'Stopped' });
  });

  test('disposal kills what is left of it', async () => {
    const job = jobs.sh(`trap '' TERM; echo ready; ${FOREVER}`, SPOT);
    for await (const { text } of job.logs()) if (text === 'ready') break;
    const interrupted = job.interrupt();
    await job[Symbol.asyncDispose]();
    await interrupted;
    expect(existsSync(job.directory)).toBe(false);
    expect(await job.finished()).toMatchObject({ status: 'Stopped', signal: 'SIGKILL' });
  });
});

test.each(['interrupt', 'stop'] as const)(
  'a checkpoint that cannot be written any more after %s() fails the job',
  async (act) => {
    const request = { ...SPOT, CheckpointConfig: { S3Uri: 's3://bucket/checkpoints' } };
    const script = `trap 'echo 1 > $ML/checkpoints/c; exit 0' TERM; echo ready; ${FOREVER}`;
    await using job = jobs.sh(script, request, { s3: server.clientConfig });
    const fault = { kind: 'answer', status: 403, code: 'AccessDenied' } as const;
    server.faults.add({ operation: 'PutObject', fault, times: Infinity });
    const lines = await atLine(job, 'ready', () => job[act]());
    expect(lines).toEqual(['ready']);
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', status: 'Failed' });
    expect(error.message).toMatch(/failed after its algorithm ended with exit code 0.*checkpoints\/c/);
    expect(error.cause).toMatchObject({ code: 'S3_ACCESS_DENIED' });
  },
);

describe('limits', () => {
  const limits = (MaxRuntimeInSeconds: number, MaxWaitTimeInSeconds: number): TrainingJobRequest => ({
    ...SPOT,
    StoppingCondition: { MaxRuntimeInSeconds, MaxWaitTimeInSeconds },
  });

  test('MaxWaitTimeInSeconds: it has waited too long for a machine', async () => {
    // What it does after SIGTERM is part of the wait for the next machine, not of its run time.
    await using job = jobs.sh(`trap '' TERM; echo ready; ${FOREVER}`, limits(1, 1), { stopGraceMs: 1500 });
    await atLine(job, 'ready', () => void job.interrupt());
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'TRAINING_JOB_TIMED_OUT', secondaryStatus: 'MaxWaitTimeExceeded' });
    expect(error.message).toMatch(/longer than MaxWaitTimeInSeconds, 1;/);
    expect(statuses(job).slice(-3)).toEqual(['Interrupted', 'Stopping', 'MaxWaitTimeExceeded']);
  });

  test('MaxRuntimeInSeconds: for all attempts together', async () => {
    await using job = jobs.sh(
      `trap 'exit 1' TERM; echo ready; sleep 0.4; echo now; ${FOREVER}`,
      limits(1, 60),
    );
    let attempts = 0;
    await atLine(job, 'now', () => ++attempts < 2 && job.interrupt());
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'TRAINING_JOB_TIMED_OUT', secondaryStatus: 'MaxRuntimeExceeded' });
    const { SecondaryStatusTransitions: transitions } = job.describe();
    const ran = transitions
      .filter(({ Status }) => Status === 'Downloading' || Status === 'Training')
      .reduce((sum, { StartTime, EndTime }) => sum + (EndTime!.getTime() - StartTime.getTime()), 0);
    expect(ran).toBeGreaterThan(990); // and not a second for each
    expect(ran).toBeLessThan(1900);
  });
});

describeWithEngine('in a container', () => {
  test('a job that is interrupted begins again from what it has saved', async () => {
    const request = {
      ...SPOT,
      CheckpointConfig: { S3Uri: jobs.path('checkpoints') },
      Environment: { ML: '/opt/ml' },
      AlgorithmSpecification: {
        TrainingInputMode: 'Pipe',
        ContainerEntrypoint: ['sh', '/opt/ml/input/data/code/train.sh'],
      },
    } as const;
    jobs.files({ 'code/train.sh': STEPS });
    await using job = startTrainingJob(request, {
      image: TOOLS,
      container: { engine: engineHost },
      channels: { ...TRAIN, code: { source: jobs.path('code'), inputMode: 'File' } },
    });
    const lines = await atLine(job, 'saved', () => job.interrupt());
    const result = await job.finished();
    expect(lines).toEqual([begins(0), 'saved', 'ended', begins(1), 'saved', 'ended', begins(2)]);
    expect(result.model.list()).toEqual(['attempt-3']);
    expect(result.findings).toEqual([]);
  });
});
