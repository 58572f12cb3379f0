import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { beforeEach, expect, test, vi } from 'vitest';

import { noise } from '../support/bytes.js';
import { fifosBelow } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { Command, commandFile } from './command.js';
import { Terminal } from './terminal.js';

const scratch = useScratch();

/** Reads epochs as they come, and says what it got. */
const TRAIN = `
import os, sys, time
for epoch in range(int(sys.argv[2])):
    path = os.path.join(sys.argv[1], f"train_{epoch}")
    while not os.path.exists(path):
        time.sleep(0.01)
    with open(path, "rb") as pipe:
        print(epoch, len(pipe.read()), flush=True)
`;

beforeEach(() => {
  scratch.files({ 'train.py': TRAIN });
});

/** `sagemaker-pipe channel train …` with a program, to its end. */
async function run(options: readonly string[], program: readonly string[]) {
  const source = scratch.path('train');
  await using command = new Command(['channel', 'train', source, scratch.dest, ...options, '--', ...program]);
  const status = await command.status();
  expect(fifosBelow(scratch.dest)).toEqual([]);
  return { status, stdout: command.stdout.text, stderr: command.stderr.text };
}

function python(...args: string[]): string[] {
  return ['python3', scratch.path('train.py'), scratch.dest, ...args];
}

/** The processes that have this in their arguments, but for those that have ended. */
function processesWith(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'stat=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.startsWith('Z'));
}

async function expectNobodyWith(text: string): Promise<void> {
  await vi.waitFor(() => expect(processesWith(text)).toEqual([]), { timeout: 10_000 });
}

test('feeds a program, and ends with it; what it writes is on stdout, and the events on stderr', async () => {
  scratch.files({ 'train/a': noise(1_000_000) });
  const { status, stdout, stderr } = await run(['--epochs', '3'], python('3'));
  expect({ status, stdout }).toEqual({ status: 0, stdout: '0 1000000\n1 1000000\n2 1000000\n' });
  expect(stderr).toMatch(/^ready channel=train .*\nepochStart [^]*\ntotal channels=1 epochs=3 .*\n$/);
});

test('ends channels that have more epochs than the program reads', async () => {
  scratch.files({ 'data/train/a': 'a', 'data/validation/b': 'b' });
  await using command = new Command([
    ...['agent', scratch.path('data'), scratch.dest, '--json', '--'],
    ...python('2'),
  ]);
  expect(await command.status()).toBe(0);
  expect(command.stdout.text).toBe('0 1\n1 1\n');
  const events = command.stderr.lines.map((line) => JSON.parse(line).event);
  expect(events.slice(-3)).toEqual(['stop', 'stop', 'total']);
  expect(fifosBelow(scratch.dest)).toEqual([]);
});

test.each([
  ['exit 3', 3],
  ['kill -9 $$', 137],
  ['kill -TERM $$', 143],
])('a program that does `%s`: status %i', async (script, status) => {
  scratch.files({ 'train/a': 'a' });
  expect(await run([], ['sh', '-c', script])).toMatchObject({ status });
});

test.each([
  [['no-such-program'], 127, /There is no program "no-such-program" .* \(PROGRAM_NOT_FOUND\)/],
  [['/'], 126, /it is a directory.* \(PROGRAM_NOT_EXECUTABLE\)/],
  [[], 2, /Expected a program after "--"/],
])('the program %j cannot be run: status %i', async (program, status, message) => {
  scratch.files({ 'train/a': 'a' });
  const ended = await run([], program);
  expect(ended.status).toBe(status);
  expect(ended.stderr).toMatch(message);
});

test('a source that is not there: the program is not started', async () => {
  const { status, stdout, stderr } = await run([], ['echo', 'started']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('(SOURCE_NOT_FOUND)');
});

test('what follows "--" is for commands that stream', async () => {
  await using command = new Command(['completion', 'bash', '--', 'ls']);
  expect(await command.status()).toBe(2);
  expect(command.stderr.text).toContain('too many arguments');
});

test('a channel that fails: the program is killed before it sees an end of the data, status 1', async () => {
  scratch.files({ 'train/a.gz': gzipSync(noise(1_000_000)), 'train/b.gz': 'not gzip' });
  const script = `sleep 600 & cat "${scratch.dest}/train_0" > /dev/null; echo end > "${scratch.path('end')}"`;
  const { status, stderr } = await run(['-x'], ['sh', '-c', script]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/\(GZIP_INVALID\)/);
  expect(existsSync(scratch.path('end'))).toBe(false);
  await expectNobodyWith(scratch.dest);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s is passed on, and the program decides',
  async (signal) => {
    const source = scratch.files({ 'train/a': 'a' });
    const script = `trap "echo saved; exit 7" TERM INT HUP; echo ready; while :; do sleep 0.05; done`;
    await using command = new Command(['channel', 'train', source, scratch.dest, '--', 'sh', '-c', script]);
    await command.stdout.shows(/^ready$/m);
    expect(await command.end(signal)).toBe(7);
    expect(command.stdout.text).toBe('ready\nsaved\n');
    expect(fifosBelow(scratch.dest)).toEqual([]);
  },
);

test('a second signal kills the program, which does not see an end of the data', async () => {
  const source = scratch.files({ 'train/a': noise(8_000_000) });
  const end = scratch.path('end');
  const program = `trap "" TERM INT; exec 3< "${scratch.dest}/train_0"; echo ready; sleep 600 <&3; cat <&3 > "${end}"`;
  await using command = new Command(['channel', 'train', source, scratch.dest, '--', 'bash', '-c', program]);
  await command.stdout.shows(/^ready$/m);
  command.child.kill('SIGTERM');
  command.child.kill('SIGINT');
  expect(await command.status()).toBe(137);
  expect(existsSync(end) && readFileSync(end).length > 0).toBe(false);
  await expectNobodyWith(scratch.dest);
});

test('a command that is killed takes the program with it', async () => {
  const source = scratch.files({ 'train/a': 'a' });
  const script = `trap "" TERM HUP INT; echo ready; sleep 600 # ${scratch.dest}/`;
  await using command = new Command(['channel', 'train', source, scratch.dest, '--', 'sh', '-c', script]);
  await command.stdout.shows(/^ready$/m);
  expect(await command.end('SIGKILL')).toBe('SIGKILL');
  await expectNobodyWith(`${scratch.dest}/`);
  rmSync(scratch.dest, { recursive: true }); // FIFOs that nobody was left to remove
});

test('the output of the program is what it is', () => {
  scratch.files({ 'train/a': 'a' });
  const bytes = Buffer.from('\x00\xff\r\x1b[31m no end of line', 'latin1');
  scratch.files({ bytes });
  const program = ['cat', scratch.path('bytes')];
  const args = [commandFile, 'channel', 'train', scratch.path('train'), scratch.dest, '--', ...program];
  const { stdout } = spawnSync(process.execPath, args);
  expect(stdout).toEqual(bytes);
});

test('files are there when the program starts, and go with it', async () => {
  scratch.files({ 'train/a': 'a' });
  const { stdout } = await run(['--input-mode', 'File'], ['ls', scratch.dest]);
  expect(stdout).toBe('train\n');
  expect(existsSync(`${scratch.dest}/train`)).toBe(false);
});

test('on a terminal the lines of the program stand above those of the channels', async () => {
  scratch.files({ 'train/a': 'a' });
  const script = `
    printf 'first \\033[31mred\\033[0m\\n50%%\\r100%%\\n'
    printf 'moved \\033[2A\\n' >&2
    cat "${scratch.dest}/train_0" > /dev/null; sleep 600`;
  const args = ['channel', 'train', scratch.path('train'), scratch.dest, '--', 'sh', '-c', script];
  await using terminal = new Terminal(args, { columns: 100 });
  await terminal.shows(/^train_1 /);
  await expect
    .poll(() => terminal.screen.lines.map((line) => line.replaceAll(/\s+/g, ' ')), { timeout: 10_000 })
    .toEqual([
      expect.stringContaining('The FIFOs are in'),
      'first red',
      '100%',
      'moved \\x1b[2A',
      expect.stringMatching(/^train_0 complete/),
      'FIFO epoch objects bytes',
      expect.stringMatching(/^train_1 2 of ∞ .* waiting/),
    ]);
  terminal.type('\x03');
  expect(await terminal.status()).toBe(130);
});
