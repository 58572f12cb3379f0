import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { beforeEach, expect, test, vi } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { Command, commandFile } from './command.js';

const scratch = useScratch();

const TRAIN = `
import json, sys
for epoch in range(int(json.load(open('/opt/ml/input/config/hyperparameters.json'))['epochs'])):
    data = open(f'/opt/ml/input/data/train_{epoch}').read()
    print(f'epoch {epoch}: {data.strip()}, loss={1 / (epoch + 1)}', flush=True)
open('/opt/ml/model/weights', 'w').write('3')
print('done', file=sys.stderr)
`;

const JOB = {
  TrainingJobName: 'my-job',
  HyperParameters: { epochs: '2', other: 'x' },
  AlgorithmSpecification: {
    TrainingInputMode: 'Pipe',
    MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
  },
  InputDataConfig: [
    { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 'data' } } },
  ],
  OutputDataConfig: { S3OutputPath: 'out' },
};

beforeEach(() => {
  scratch.files({ 'train.py': TRAIN, 'data/a': 'A\n', 'job.json': JSON.stringify(JOB) });
});

async function train(args: readonly string[]) {
  await using command = new Command(['train', ...args]);
  const status = await command.status();
  return { status, stdout: command.stdout.text, stderr: command.stderr.text };
}

/** With a document on the standard input. */
function trainFrom(input: string, args: readonly string[]) {
  return spawnSync(process.execPath, [commandFile, 'train', '-', ...args], { input, encoding: 'utf8' });
}

const python = () => ['python3', scratch.path('train.py')];

test('runs the job of a document: paths are relative to it, and its hyperparameters can be overridden', async () => {
  const job = scratch.path('job.json');
  const { status, stdout, stderr } = await train([job, '--hyperparameter', 'epochs=3', '--', ...python()]);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'epoch 0: A, loss=1.0\nepoch 1: A, loss=0.5\nepoch 2: A, loss=0.3333333333333333\n',
  });
  expect(stderr).toMatch(/^status status=Downloading /);
  expect(stderr).toContain('\ndone\n');
  const archive = scratch.path('out/my-job/output/model.tar.gz');
  expect(stderr).toMatch(
    /Training job "my-job": Completed, after [\d.]+ m?s\n {2}model: 1 file \(weights\) → /,
  );
  expect(stderr).toContain(`→ ${archive}\n`);
  expect(stderr).toContain('  metric loss: 0.3333333333333333 (the last of 3 values)\n  findings: none\n');
  expect(existsSync(archive)).toBe(true);
});

test('YAML on the standard input; several hosts; a directory that stays', () => {
  const directory = scratch.path('run');
  const program = ['sh', '-c', 'echo $CURRENT_HOST; hostname > /opt/ml/model/m', 'sh'];
  const document = 'ResourceConfig: { InstanceCount: 2 }\n';
  const { status, stdout } = trainFrom(document, ['--directory', directory, '--', ...program]);
  expect({ status, lines: stdout.trim().split('\n').sort() }).toEqual({
    status: 0,
    lines: ['[algo-1] algo-1', '[algo-2] algo-2'],
  });
  expect(readFileSync(`${directory}/algo-2/model/m`, 'utf8')).toBe('algo-2\n');
  expect(readdirSync(`${directory}/logs`).sort()).toEqual(['algo-1.log', 'algo-2.log']);
});

test('--json: all of it on stdout, an object per line', async () => {
  const { status, stdout } = await train([scratch.path('job.json'), '--json', '--', ...python()]);
  expect(status).toBe(0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const of = (name: string) => events.filter(({ event }) => event === name);
  expect(of('status').map(({ secondaryStatus }) => secondaryStatus)).toEqual([
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ]);
  expect(of('metric').map(({ host, name, value }) => [host, name, value])).toEqual([
    ['algo-1', 'loss', 1],
    ['algo-1', 'loss', 0.5],
  ]);
  expect(of('log').map(({ stream, text }) => `${String(stream)} ${String(text)}`)).toContain('stderr done');
  expect(of('epochEnd')).toHaveLength(2);
});

test('fails with the exit status of the algorithm, and tells the story', async () => {
  const { status, stderr } = await train([
    scratch.path('job.json'),
    '--',
    'sh',
    '-c',
    'echo "no luck" >&2; exit 3',
  ]);
  expect(status).toBe(3);
  expect(stderr).toContain(
    'sagemaker-pipe: Training job "my-job" has failed: its algorithm ended with exit code 3.\nThe last lines of algo-1:\n  no luck\n',
  );
  expect(stderr).toContain('(TRAINING_JOB_FAILED)\n');
  expect(stderr).toMatch(/ {4}no-failure-file: .*\n {6}FailureReason .*\n {6}https:\/\//);
});

test('SIGINT stops the job as the service would', async () => {
  const program = ['sh', '-c', 'trap "echo stopped; exit 5" TERM; echo ready; while :; do sleep 0.05; done'];
  await using command = new Command(['train', scratch.path('job.json'), '--', ...program]);
  await command.stdout.shows(/ready/);
  command.child.kill('SIGINT');
  expect(await command.status()).toBe(130);
  expect(command.stdout.text).toBe('ready\nstopped\n');
  expect(command.stderr.text).toContain('Training job "my-job": Stopped');
});

/** More than fits between the command and its reader. */
const MANY = 400_000;

/** A job whose output nobody reads, for now. */
function unread(script: string, flags: readonly string[] = []): Command {
  const command = new Command(['train', scratch.path('job.json'), ...flags, '--', 'sh', '-c', script]);
  command.child.stdout!.pause();
  return command;
}

test('goes on when the reader of its output leaves', async () => {
  const [written, left, finished] = ['written', 'left', 'finished'].map((name) => scratch.path(name));
  const waits = `while [ ! -e ${left} ]; do sleep 0.01; done`;
  await using command = unread(`seq ${MANY}; touch ${written}; ${waits}; sleep 0.5; touch ${finished}`);
  await vi.waitUntil(() => existsSync(written!), { timeout: 20_000 });
  command.child.stdout!.destroy();
  writeFileSync(left!, '');
  expect(await command.status()).toBe(0);
  expect(existsSync(finished!)).toBe(true);
  expect(command.stderr.text).toContain('Training job "my-job": Completed');
});

test('has all of the output, also for a reader that is slower than an algorithm that ends with more than 128', () => {
  const lines = 14_000; // some 8 kB more than a pipe holds
  const job = ['train', scratch.path('job.json'), '--', 'sh', '-c', `seq ${lines}; exit 200`];
  const slowly = '{ "$@"; echo "status $?" >&2; } | (sleep 3; cat)';
  const { stdout, stderr } = spawnSync('sh', ['-c', slowly, 'sh', process.execPath, commandFile, ...job], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^status 200$/m);
  expect(stdout.trim().split('\n')).toHaveLength(lines);
});

test('--json waits for its reader, too: what that has not read is in the log, and not in memory', async () => {
  const lines = 50_000;
  const written = scratch.path('written');
  await using command = unread(`seq ${lines}; touch ${written}`, ['--json']);
  await vi.waitUntil(() => existsSync(written), { timeout: 20_000 });
  const isOver = command.stderr.shows(/Training job "my-job"/).then(() => 'all of it is taken');
  expect(await Promise.race([isOver, delay(4000, 'waits')])).toBe('waits');
  command.child.stdout!.resume();
  expect(await command.status()).toBe(0);
  const logs = command.stdout.lines.filter((line) => line.includes('"event":"log"'));
  expect(logs).toHaveLength(lines);
});

test('SIGINT of a job that is over, while its output is still to be shown: all of it is', async () => {
  await using command = unread(`seq ${MANY}`);
  await command.stderr.shows(/status=Completed/);
  command.child.kill('SIGINT');
  await command.stderr.shows(/again: kill it/);
  command.child.stdout!.resume();
  expect(await command.status()).toBe(130);
  expect(command.stdout.lines).toHaveLength(MANY);
});

test('a second signal ends it at once, however much is still to be shown', async () => {
  await using command = unread(`seq ${MANY}`);
  await command.stderr.shows(/status=Completed/);
  command.child.kill('SIGINT');
  await command.stderr.shows(/again: kill it/);
  command.child.kill('SIGINT');
  await once(command.child, 'exit');
  expect(command.child.exitCode).toBe(130);
  command.child.stdout!.resume();
  await command.status();
  expect(command.stdout.lines.length).toBeLessThan(MANY);
  expect(command.stderr.text).not.toContain('Error');
});

test.each(['abc', ['a=1'], 7])('hyperparameters that are %j are refused, also with another one', (given) => {
  const document = JSON.stringify({ HyperParameters: given });
  const { status, stderr } = trainFrom(document, ['--hyperparameter', 'a=1', '--', 'true']);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringMatching(/HyperParameters .*\(INVALID_REQUEST\)/) as string,
  });
});

test('a hyperparameter for a document that has none', () => {
  const program = ['sh', '-c', 'cat /opt/ml/input/config/hyperparameters.json'];
  const { status, stdout } = trainFrom('HyperParameters:', ['--hyperparameter', 'a=1', '--', ...program]);
  expect({ status, hyperparameters: JSON.parse(stdout) as unknown }).toEqual({
    status: 0,
    hyperparameters: { a: '1' },
  });
});

test('wrong usage, and a wrong request with all its problems', async () => {
  const job = scratch.path('job.json');
  expect(await train([job])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('after "--"') as string,
  });
  expect(await train([job, '--hyperparameter', 'x', '--', 'true'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Expected --hyperparameter NAME=VALUE, got "x"') as string,
  });
  expect(await train([job, '--image', 'some-image', '--', 'true'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('either a program after "--" or --image IMAGE, got both') as string,
  });
  writeFileSync(job, JSON.stringify({ TrainingJobName: '-', ResourceConfig: { InstanceCount: 0 } }));
  const { status, stderr } = await train([job, '--', 'true']);
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /has 2 problems:\n- TrainingJobName .*\n- ResourceConfig\.InstanceCount .*\(INVALID_REQUEST\)/,
  );
  expect(trainFrom('{}', ['--', 'no-such-program']).status).toBe(127);
  expect(trainFrom('[]', ['--', 'true']).stderr).toContain(
    'The document on the standard input is no request',
  );
});
