import { PipeModeError } from 'sagemaker-pipe-mode';
import { TrainingJobError } from 'sagemaker-pipe-mode/training';
import { expect, test } from 'vitest';

import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

test('the message tells the story', async () => {
  await using job = jobs.sh(
    `head -c 4 $ML/input/data/train_0; echo; echo 'a tale of woe' > $ML/output/failure; echo 'it hurts' >&2; exit 3`,
    { TrainingJobName: 'sad' },
    { channels: { train: { source: [{ key: 'k', body: 'word' }] } } },
  );
  const error = await failureOf(job);
  const lines = error.message.split('\n');
  expect(lines[0]).toBe('Training job "sad" has failed: its algorithm ended with exit code 3.');
  expect(lines.slice(1, 3)).toEqual(['output/failure says:', '  a tale of woe']);
  expect(lines[3]).toBe('The last lines of algo-1:');
  expect(lines.slice(4, 6).sort()).toEqual(['  it hurts', '  word']);
  expect(lines.slice(6)).toEqual([
    'Its channels then:',
    expect.stringMatching(
      /^ {2}train: waited for \S+ s for somebody to open train_1 \(epoch 1\); 1 object, 4 bytes sent$/,
    ),
  ]);
  expect(error).toMatchObject({
    code: 'TRAINING_JOB_FAILED',
    jobName: 'sad',
    status: 'Failed',
    secondaryStatus: 'Failed',
    exitCode: 3,
    signal: null,
    failureReason: 'AlgorithmError: a tale of woe\n, exit code: 3',
  });
  expect(error).toBeInstanceOf(PipeModeError);
  expect(error).toBeInstanceOf(TrainingJobError);
  expect(error.name).toBe('TrainingJobError');
  expect(new PipeModeError('ABORTED', '')).not.toBeInstanceOf(TrainingJobError);
  expect(job.describe().FailureReason).toBe(error.failureReason);
});

test('it fits on a screen, whatever there is to tell, and commands no terminal', async () => {
  const channels = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`channel-${index}`, { source: [{ key: 'k', body: 'x' }] }]),
  );
  await using job = jobs.python(
    `
import sys
for i in range(1000): print('line', i, 'x' * 1000, '\\x1b[2J')
base = '/opt/ml/'
open(base + 'output/failure', 'w').write('why\\n' * 1000)
open(base + 'lost', 'w').write('x')
sys.exit(1)`,
    {},
    { channels },
  );
  const error = await failureOf(job);
  const lines = error.message.split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(320);
  expect(error.message).not.toContain('\x1b');
  expect(error.message).toContain('line 999');
  expect(error.message).toContain('… and 15 more');
  expect(Array.from(error.failureReason!)).toHaveLength(1024);
});

test.each([
  ['exit 7', 'AlgorithmError: , exit code: 7'],
  ['kill -9 $$', 'AlgorithmError: , exit code: 137'],
  ['printf why > $ML/output/failure; exit 7', 'AlgorithmError: why, exit code: 7'],
  ['printf why > $ML/output/failure; kill -SEGV $$', 'AlgorithmError: why, exit code: 139'],
  ['mkfifo $ML/output/failure; exit 1', 'AlgorithmError: , exit code: 1'],
  ['ln -s /etc/passwd $ML/output/failure; exit 1', 'AlgorithmError: , exit code: 1'],
])('FailureReason of %j', async (script, reason) => {
  await using job = jobs.sh(script, {}, { isolation: 'none' });
  expect((await failureOf(job)).failureReason).toBe(reason);
});

test('FailureReason is cut as a whole, and counted in characters, not in bytes', async () => {
  await using job = jobs.python(
    `open('/opt/ml/output/failure', 'w', encoding='utf8').write('\\U0001f600' * 1024 + 'rest'); raise SystemExit(1)`,
  );
  const error = await failureOf(job);
  expect(error.failureReason).toBe(`AlgorithmError: ${'😀'.repeat(1024 - 16)}`);
});

test('a failure that nobody waits for is not swallowed', async () => {
  const thrown: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error));
  try {
    await using job = jobs.sh('exit 3');
    await expect.poll(() => thrown.length).toBe(1);
    expect(job.status).toBe('Failed');
    expect(thrown[0]).toBeInstanceOf(TrainingJobError);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
});
