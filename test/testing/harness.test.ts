import { existsSync, writeFileSync } from 'node:fs';

import { createChannel, openChannels } from 'sagemaker-pipe-mode';
import { createHarness, type Harness, matchers, useHarness } from 'sagemaker-pipe-mode/testing';
import { expect, test, vi } from 'vitest';

import { processesOf } from '../support/process-group.js';
import { useScratch } from '../support/scratch.js';

useScratch(); // which makes sure that nothing is left

const SOURCE = [
  { key: 'a', body: '1,2\r\n' },
  { key: 'b', body: '3,4\n' },
];

test('a channel is read in the test, epoch after epoch', async () => {
  await using harness = createHarness();
  const channel = await harness.startChannel({ name: 'train', source: SOURCE, recordio: true });
  const [first, second] = await channel.readEpochs(2);
  expect(first!.records.map(String)).toEqual(['1,2\r\n', '3,4\n']);
  expect(second!.bytes).toEqual(first!.bytes);
  const [third] = await channel.readEpochs();
  expect(third!.epoch).toBe(2);
  expect(channel.ended.map(({ objects }) => objects)).toEqual([2, 2, 2]);
});

test('lines and text', async () => {
  await using harness = createHarness();
  const channel = await harness.startChannel({ name: 'train', source: SOURCE, epochs: 1 });
  const [epoch] = await channel.readEpochs();
  expect(epoch!.lines).toEqual(['1,2', '3,4']);
  expect(epoch!.text).toBe('1,2\r\n3,4\n');
});

test('an epoch that does not come', async () => {
  await using harness = createHarness({ timeoutMs: 300 });
  const channel = await harness.startChannel({ name: 'train', source: SOURCE, epochs: 1 });
  await expect(channel.readEpochs(2)).rejects.toMatchObject({ code: 'READ_TIMEOUT' });
});

test('what channels say is final when an algorithm has ended', async () => {
  for (let i = 0; i < 20; i++) {
    await using harness = createHarness();
    const large = [{ key: 'a', body: Buffer.alloc(3_000_000) }];
    const train = await harness.startChannel({ name: 'train', source: large, epochs: 3 });
    const test = await harness.startChannel({ name: 'test', source: SOURCE });
    const script = 'cat train_0; head -c 1 train_1; cat test_0; cat train_2';
    await harness.runAlgorithm(['sh', '-c', `(${script}) > /dev/null`], { cwd: harness.dest });
    expect(train.outcomes).toEqual(['complete', 'closedEarly', 'complete']);
    expect(test.outcomes).toEqual(['complete']);
  }
});

test('every test has a directory of its own, which goes with it', async () => {
  let end!: () => Promise<void>;
  const harness = useHarness((hook) => (end = hook));
  await end(); // of a test that had no need of it
  const { dest, optMl, files } = harness;
  expect(dest).toBe(`${optMl}/input/data`);
  const directory = files({ 'a/b': 'x' });
  writeFileSync(`${optMl}/model/m`, '');
  await end();
  expect([dest, directory].filter(existsSync)).toEqual([]);
  expect(harness.dest).not.toBe(dest);
  await end();
});

test('an algorithm, a job and a channel that were left are named, and ended', async () => {
  const harness = createHarness();
  const { dest } = harness;
  const algorithm = await harness.startAlgorithm(['sleep', '600']);
  const job = harness.startTrainingJob({ TrainingJobName: 'left' }, { command: ['sleep', '600'] });
  job.on('status', () => undefined);
  const source = SOURCE;
  await createChannel({ name: 'other', source, dest }).start();
  await harness.startChannel({ name: 'train', source }); // needs no end
  await expect(harness.end()).rejects.toMatchObject({
    code: 'LEFT_RUNNING',
    message: expect.stringMatching(
      /^These were left .*:\nthe algorithm "sleep 600"\n {2}"sleep" .*\nthe training job "left", InProgress\nthe channel "other", made .*harness\.test\.ts:/,
    ),
  });
  expect(processesOf(algorithm.pid)).toEqual([]);
  expect(openChannels()).toEqual([]);
  expect(existsSync(dest)).toBe(false);
});

test('an algorithm whose start nobody has waited for', async () => {
  const harness = createHarness();
  const starting = harness.startAlgorithm(['sleep', '600']);
  await harness.end();
  expect((await starting).isRunning).toBe(false);
});

test('`await using` warns of what was left', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  {
    await using harness = createHarness();
    await harness.startAlgorithm(['sleep', '600']);
  }
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('the algorithm "sleep 600"'));
  warn.mockRestore();
});

test('a job ends with the time of the test, and says what it was waiting for', async () => {
  await using harness = createHarness({ timeoutMs: 500 });
  const command = ['sh', '-c', 'cat /opt/ml/input/data/train_0; sleep 600', 'sh'];
  const running = harness.runTrainingJob(
    { AlgorithmSpecification: { TrainingInputMode: 'Pipe' } },
    { command, channels: { train: { source: SOURCE } } },
  );
  await expect(running).rejects.toMatchObject({
    code: 'ABORTED',
    message: expect.stringMatching(/Its processes then:\n.*\n {2}"sleep" sleeps/),
  });
});

test('what a job has made can be read until the end of its test', async () => {
  await using harness = createHarness({ timeoutMs: 10_000 });
  const result = await harness.runTrainingJob(
    {},
    { command: ['sh', '-c', 'echo 1 > /opt/ml/model/m', 'sh'] },
  );
  expect(await result.model.readText('m')).toBe('1\n');
  expect(matchers.toHaveNoFindings(result)).toMatchObject({ pass: true });
});

test('the matchers say what they have seen', async () => {
  await using harness = createHarness();
  const channel = await harness.startChannel({ name: 'train', source: SOURCE });
  await channel.readEpochs(2);
  expect(matchers.toHaveCompletedEpochs(channel, 2).pass).toBe(true);
  const { pass, message } = matchers.toHaveCompletedEpochs(channel, 3);
  expect(pass).toBe(false);
  expect(message()).toBe(
    'Expected channel "train" to have completed 3 epochs, but it has completed 2:\n' +
      '  train_0: complete, 2 objects, 9 bytes\n  train_1: complete, 2 objects, 9 bytes',
  );
  const finding = { id: 'empty-model', seen: 'Nothing.', rule: 'The rule.', documentation: 'https://x' };
  expect(matchers.toHaveNoFindings({ findings: [finding] }).message()).toBe(
    'Expected no findings, but there are:\n- empty-model: Nothing.\n  The rule.\n  https://x',
  );
});

test.each<[string, () => unknown, string]>([
  [
    'a channel that does not remember',
    () => matchers.toHaveCompletedEpochs({ name: 'x' }, 1),
    'INVALID_OPTION',
  ],
  ['nothing', () => matchers.toHaveNoFindings(undefined), 'INVALID_OPTION'],
  ['no time', () => createHarness({ timeoutMs: 0 }), 'INVALID_OPTION'],
  ['an option that is not there', () => createHarness({ timeout: 1 } as never), 'UNKNOWN_OPTION'],
])('refuses %s', (_name, action, code) => {
  expect(action).toThrow(expect.objectContaining({ code }));
});

test('its methods can be taken from it', async () => {
  const { startChannel, runAlgorithm, end }: Harness = createHarness();
  await startChannel({ name: 'train', source: SOURCE });
  await runAlgorithm(['true']);
  await end();
});
