import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { createChannel, createChannels } from 'sagemaker-pipe-mode';
import { AlgorithmError, runAlgorithm, startAlgorithm } from 'sagemaker-pipe-mode/testing';
import { expect, test, vi } from 'vitest';

import { noise } from '../support/bytes.js';
import { processesOf } from '../support/process-group.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

function sh(script: string): string[] {
  return ['sh', '-c', script];
}

/** What a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<AlgorithmError> {
  const error: unknown = await promise.then(
    () => 'resolved',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AlgorithmError);
  return error as AlgorithmError;
}

test('keeps the output, without the end of the last line', async () => {
  const result = await runAlgorithm(sh('echo a; printf "b\\nc"; echo d >&2'), { dest: scratch.dir });
  expect(result).toEqual({ exitCode: 0, signal: null, stdout: 'a\nb\nc', stderr: 'd', leftBehind: [] });
});

test('keeps the end of a long output', async () => {
  const { stdout } = await runAlgorithm(sh('seq 1 1000000'), { dest: scratch.dir });
  expect(stdout.length).toBeLessThanOrEqual(1024 * 1024);
  expect(stdout.length).toBeGreaterThan(900 * 1024);
  expect(stdout).toMatch(/\n999999\n1000000$/);
});

test('tells of every line as it comes', async () => {
  const lines: string[] = [];
  const onLine = (line: string, stream: string) => lines.push(`${stream} ${line}`);
  await runAlgorithm(sh('echo a; echo b'), { dest: scratch.dir, onLine });
  expect(lines).toEqual(['stdout a', 'stdout b']);
});

test('the environment and the working directory', async () => {
  vi.stubEnv('GIVEN', 'given');
  vi.stubEnv('TAKEN', 'taken');
  const env = { ADDED: 'added', TAKEN: undefined };
  const dest = join(scratch.dir, 'ml/input/data');
  scratch.files({ 'ml/input/data/x': '' });
  const script = 'echo "$GIVEN $ADDED $TAKEN. $PWD $SAGEMAKER_BASE_DIR"';
  const { stdout } = await runAlgorithm(sh(script), { dest, env, cwd: scratch.dir });
  expect(stdout).toBe(`given added . ${scratch.dir} ${scratch.dir}/ml`);
});

test('in a namespace the directory above input/data is /opt/ml', async () => {
  scratch.files({ 'ml/input/data/x': 'content' });
  const dest = join(scratch.dir, 'ml/input/data');
  const { stdout } = await runAlgorithm(['cat', '/opt/ml/input/data/x'], { dest, isolation: 'namespace' });
  expect(stdout).toBe('content');
});

test('a failure tells how it has ended, the last lines, and what the channels were doing', async () => {
  const channel = createChannel({ name: 'train', source: [{ key: 'a', body: 'x' }], dest: scratch.dest });
  await channel.start();
  const options = { dest: scratch.dest, channels: [channel] };
  const error = await failure(runAlgorithm(sh('echo loss=1; echo broken >&2; exit 3'), options));
  await channel.stop();
  expect(error).toMatchObject({ code: 'ALGORITHM_FAILED', exitCode: 3, signal: null, stdout: 'loss=1' });
  expect(error.message).toMatch(
    /has failed with exit code 3\.\nIts last lines:\n(.*\n){2}Its channels then:\n {2}train: waited /,
  );
  expect(error.stack).toContain('algorithm.test.ts');
});

test('when its time is up it says what each process waits for', async () => {
  const channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: 'x' }],
    dest: scratch.dest,
    epochs: 1,
  });
  await channel.start();
  const script = `
import os, sys, time
open(sys.argv[1] + '/train_0').read()
while not os.path.exists(sys.argv[1] + '/train_%d' % 1): time.sleep(0.05)
`;
  const options = { dest: scratch.dest, channels: [channel], timeoutMs: 1_000 };
  const error = await failure(runAlgorithm(['python3', '-c', script, scratch.dest], options));
  expect(error).toMatchObject({ code: 'ALGORITHM_TIMED_OUT', signal: 'SIGKILL' });
  expect(error.message).toMatch(/Its processes then:\n.*sleeps, and may look for train_1, which/);
  expect(error.message).toContain('train: finished, in epoch 0');
});

test('a process that waits in open() is seen to', async () => {
  const channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: 'x' }],
    dest: scratch.dest,
    epochs: 1,
  });
  await channel.start();
  await channel.stop();
  const fifo = join(scratch.dir, 'own_0');
  const script = `mkfifo "${fifo}"; cat "${fifo}"`;
  const error = await failure(runAlgorithm(sh(script), { dest: scratch.dir, timeoutMs: 1_000 }));
  expect(error.message).toContain(`waits in open("${fifo}")`);
});

test('an abort kills it', async () => {
  const controller = new AbortController();
  const onLine = () => controller.abort('enough');
  const { signal } = controller;
  const error = await failure(runAlgorithm(sh('echo go; sleep 600'), { dest: scratch.dir, signal, onLine }));
  expect(error).toMatchObject({ code: 'ABORTED', cause: 'enough' });
});

test('a channel that fails: it is killed before it sees an end of the data', async () => {
  scratch.files({ 'train/a.gz': gzipSync(noise(1_000_000)), 'train/b.gz': 'not gzip' });
  const group = createChannels({ source: scratch.dir, dest: scratch.dest, gunzip: true });
  await group.start();
  const end = scratch.path('end');
  const script = `sleep 600 & cat "${scratch.dest}/train_0" > /dev/null; echo end > "${end}"`;
  const algorithm = await startAlgorithm(sh(script), { dest: scratch.dest, channels: [group] });
  const error = await failure(algorithm.finished());
  expect(processesOf(algorithm.pid)).toEqual([]);
  await group.stop();
  expect(error).toMatchObject({
    code: 'ALGORITHM_FAILED',
    channel: 'train',
    cause: { code: 'GZIP_INVALID' },
  });
  expect(existsSync(end)).toBe(false);
});

test('nothing is left of what it has started, and that is said', async () => {
  const script = `sleep 600 > /dev/null & echo $! > ${scratch.path('pid')}`;
  const { leftBehind } = await runAlgorithm(sh(script), { dest: scratch.dir });
  const pid = Number(readFileSync(scratch.path('pid'), 'utf8'));
  expect(leftBehind.map((process) => process.pid)).toEqual([pid]);
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  expect(stdout).toMatch(/^Z|^$/); // or its parent has not noticed
});

test('stop() gives it time to save, and finished() resolves', async () => {
  const script = 'trap "echo saved; exit 0" TERM; echo ready; while :; do sleep 0.05; done';
  await using algorithm = await startAlgorithm(sh(script), { dest: scratch.dir });
  await vi.waitUntil(() => algorithm.stdout === 'ready');
  await algorithm.stop();
  expect(await algorithm.finished()).toMatchObject({ exitCode: 0, stdout: 'ready\nsaved' });
  expect(algorithm.isRunning).toBe(false);
});

test('a signal for all of its processes', async () => {
  const script =
    'trap "echo parent" INT; (trap "echo child; exit" INT; echo ready; while :; do sleep 0.05; done)';
  await using algorithm = await startAlgorithm(['bash', '-c', script], { dest: scratch.dir });
  await vi.waitUntil(() => algorithm.stdout === 'ready');
  await algorithm.signalAll('SIGINT');
  await vi.waitUntil(() => algorithm.stdout.includes('parent') && algorithm.stdout.includes('child'));
  await algorithm.finished();
});

test.each([
  [{ dest: 's3://bucket/x' }, 'INVALID_OPTION', /`dest`/],
  [{ dest: '/tmp', timeoutMs: 0 }, 'INVALID_OPTION', /`timeoutMs`/],
  [{ dest: '/tmp', channels: [{}] }, 'INVALID_OPTION', /`channels`/],
  [{ dest: '/tmp', isolation: 'namespace' }, 'INVALID_OPTION', /`dest` to be a directory `input\/data`/],
  [{ dest: '/tmp', env: { A: 1 } }, 'INVALID_OPTION', /`env.A`/],
  [{ dest: '/tmp', timeout: 1 }, 'UNKNOWN_OPTION', /Did you mean `timeoutMs`/],
])('refuses %j', async (options, code, message) => {
  await expect(runAlgorithm(['true'], options as never)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
