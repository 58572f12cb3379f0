import type { TrainingJob } from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const DATA = { source: [{ key: 'k', body: 'x' }] };

async function findingsOf(job: TrainingJob) {
  return (await job.finished()).findings.map(({ id, seen }) => ({ id, seen }));
}

const metrics = (...MetricDefinitions: { Name: string; Regex: string }[]) => ({
  AlgorithmSpecification: { TrainingInputMode: 'Pipe', MetricDefinitions },
});

test('a clean algorithm has none, in any mode', async () => {
  await using job = jobs.sh(
    `cat $ML/input/data/pipe_0 $ML/input/data/pipe_1 $ML/input/data/file/k $ML/input/data/fast/k > $ML/model/m
     ls -lR $ML > $ML/output/data/list; echo 1 > $ML/checkpoints/c; touch $ML/output/success; mkdir $ML/code
     echo loss=1; sleep 0.01 & wait`,
    { CheckpointConfig: { S3Uri: './c' }, ...metrics({ Name: 'loss', Regex: 'loss=(.*)' }) },
    {
      channels: {
        pipe: DATA,
        file: { ...DATA, inputMode: 'File' },
        fast: { ...DATA, inputMode: 'FastFile' },
      },
    },
  );
  expect((await job.finished()).findings).toEqual([]);
});

describe('of a job that has completed', () => {
  test.each([
    ['exit-0-with-failure-file', 'echo 1 > $ML/model/m; echo no > $ML/output/failure', 'output/failure'],
    ['empty-model', 'true', 'model directory'],
    ['not-collected', 'echo 1 > $ML/model/m; echo 1 > $ML/results.csv', '/opt/ml/results.csv'],
    ['not-collected', 'echo 1 > $ML/model/m; echo 1 > $ML/output/plot.png', '/opt/ml/output/plot.png'],
    [
      'not-collected',
      'echo 1 > $ML/model/m; mkdir $ML/checkpoints; echo 1 > $ML/checkpoints/c',
      '/opt/ml/checkpoints',
    ],
    [
      'input-written',
      'echo 1 > $ML/model/m; echo {} > $ML/input/config/hyperparameters.json',
      'hyperparameters.json',
    ],
    ['input-written', 'echo 1 > $ML/model/m; echo {} > $ML/input/config/own.json', 'input/config/own.json'],
    ['input-written', 'echo 1 > $ML/model/m; echo 1 > $ML/input/data/cache', 'input/data/cache'],
    ['input-written', 'echo 1 > $ML/model/m; mkdir $ML/input/other', 'input/other'],
  ])('%s: %s', async (id, script, seen) => {
    await using job = jobs.sh(script);
    expect(await findingsOf(job)).toEqual([{ id, seen: expect.stringContaining(seen) }]);
  });

  test('input-written: in the directory of a File channel', async () => {
    await using job = jobs.sh(
      'echo 1 > $ML/model/m; echo y >> $ML/input/data/file/k; echo 1 > $ML/input/data/file/new',
      {},
      { channels: { file: { ...DATA, inputMode: 'File' } } },
    );
    const seen = 'On algo-1 the algorithm wrote below /opt/ml/input: input/data/file/k, input/data/file/new.';
    expect(await findingsOf(job)).toEqual([{ id: 'input-written', seen }]);
  });

  test('channel-never-opened', async () => {
    await using job = jobs.sh(
      'cat $ML/input/data/train_0 > $ML/model/m',
      {},
      {
        channels: { train: DATA, validation: DATA, file: { ...DATA, inputMode: 'File' } },
      },
    );
    const seen = expect.stringContaining('never opened channel "validation"');
    expect(await findingsOf(job)).toEqual([{ id: 'channel-never-opened', seen }]);
  });

  test('metric-never-matched, and one that matches without a number', async () => {
    const request = metrics({ Name: 'a', Regex: 'a=([0-9]+)' }, { Name: 'b', Regex: 'b=[0-9]+' });
    await using job = jobs.sh('echo 1 > $ML/model/m; echo b=1', request);
    expect(await findingsOf(job)).toEqual([
      { id: 'metric-never-matched', seen: expect.stringContaining('"a", `a=([0-9]+)`, matched no line') },
      { id: 'metric-never-matched', seen: expect.stringContaining('a number in none of them') },
    ]);
  });

  test('metric-too-slow', async () => {
    await using job = jobs.sh(
      `echo 1 > $ML/model/m; echo ${'a'.repeat(50)}`,
      metrics({ Name: 'a', Regex: '(a+)+b' }),
    );
    expect(await findingsOf(job)).toEqual([{ id: 'metric-too-slow', seen: expect.stringContaining('"a"') }]);
  });

  test('children-left-behind', async () => {
    await using job = jobs.sh(
      // The runner looks ten times a second, and sees a shell before that has become what it is to be.
      'echo 1 > $ML/model/m; sleep 1234 & until grep -q 1234 /proc/$!/cmdline && ! grep -q ML /proc/$!/cmdline; do sleep 0.05; done; sleep 1',
    );
    const seen = expect.stringContaining('"sleep"');
    expect(await findingsOf(job)).toEqual([{ id: 'children-left-behind', seen }]);
  });
});

describe('of a job that has failed', () => {
  test.each([
    [['no-failure-file'], 'exit 3'],
    [['no-failure-file'], ': > $ML/output/failure; exit 3'],
    [[], 'echo why > $ML/output/failure; exit 3'],
    [['failure-file-too-long'], 'head -c 1025 /dev/zero | tr "\\0" x > $ML/output/failure; exit 3'],
    [[], 'head -c 1024 /dev/zero | tr "\\0" x > $ML/output/failure; exit 3'],
  ])('%j: %s', async (ids, script) => {
    await using job = jobs.sh(script, {}, { channels: { train: DATA } });
    expect((await failureOf(job)).findings.map(({ id }) => id)).toEqual(ids);
  });
});

test('each says what was seen, the rule, and where that is documented', async () => {
  await using job = jobs.sh('true');
  const [finding] = (await job.finished()).findings;
  expect(finding).toEqual({
    id: 'empty-model',
    seen: expect.stringMatching(/\.$/),
    rule: expect.stringMatching(/\.$/),
    documentation: expect.stringMatching(/^https:\/\/docs\.aws\.amazon\.com\//),
  });
});
