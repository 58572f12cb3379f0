import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { fifosBelow } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { Command } from './command.js';
import { read, startReader } from './reader.js';

const scratch = useScratch();

const good = randomBytes(100_000);

/** A channel that fails after its first object. */
function failing() {
  return { 'a.gz': gzipSync(good), 'b\x1b[31m.gz': 'not gzip' };
}

test('holds the reader after a failure, and ends when the reader leaves', async () => {
  const source = scratch.files(failing());
  const { dest } = scratch;
  await using command = new Command(['channel', 'train', source, dest, '-x']);
  const reader = startReader({ dir: dest, channel: 'train', epochs: 1 });
  await command.stderr.shows(/holding .*\n/);

  expect(command.stdout.lines.at(-1)).toBe('error channel=train epoch=0 code=GZIP_INVALID');
  expect(command.stderr.text).toMatch(/^sagemaker-pipe: Channel "train", epoch 0: .*\(GZIP_INVALID\)$/m);
  expect(command.stderr.text).toContain(`sagemaker-pipe: holding ${dest}/train_0 open`);
  expect(command.stderr.text).toContain('b\\x1b[31m.gz');
  expect(fifosBelow(dest)).toEqual([`${dest}/train_1`]); // the one that is held open has no name

  await reader.kill();
  expect(await command.status()).toBe(1);
  await expect(reader.finished()).rejects.toThrow('SIGKILL');
  expect(fifosBelow(dest)).toEqual([]);
});

test('lets the reader go at Ctrl-C, and still exits with 1', async () => {
  const source = scratch.files(failing());
  const { dest } = scratch;
  await using command = new Command(['channel', 'train', source, dest, '-x']);
  const reader = startReader({ dir: dest, channel: 'train', epochs: 1 });
  await command.stderr.shows(/holding .*\n/);

  expect(await command.end('SIGINT')).toBe(1);
  expect(await reader.finished()).toMatchObject([{ bytes: good.length, eof: true }]);
  expect(fifosBelow(dest)).toEqual([]);
});

test('exits at once with --exit-on-failure', async () => {
  const source = scratch.files(failing());
  const { dest } = scratch;
  await using command = new Command(['channel', 'train', source, dest, '-x', '--exit-on-failure']);
  const [epoch] = await read({ dir: dest, channel: 'train', epochs: 1 });

  expect(epoch).toMatchObject({ eof: true });
  expect(await command.status()).toBe(1);
  expect(command.stderr.text).toMatch(/\(GZIP_INVALID\)\n$/);
  expect(fifosBelow(dest)).toEqual([]);
});

test('goes on with the other channels after a failure, and ends when nobody reads any more', async () => {
  const source = scratch.files({ 'bad/b.gz': 'not gzip', 'train/a.gz': gzipSync(good) });
  const { dest } = scratch;
  await using command = new Command(['agent', source, dest, '-x']);
  const held = startReader({ dir: dest, channel: 'bad', epochs: 1 });
  await command.stderr.shows(/Channel "bad".* \(GZIP_INVALID\)\n.*holding .* The other channels go on\.\n/);

  const epochs = await read({ dir: dest, channel: 'train', epochs: 3 });
  expect(epochs.map(({ bytes }) => bytes)).toEqual(Array(3).fill(good.length));

  await held.kill();
  expect(await command.status()).toBe(1);
  expect(fifosBelow(dest)).toEqual([]);
});

test('keeps a held reader waiting while another channel comes to its end', async () => {
  const source = scratch.files({ 'bad/b.gz': 'not gzip', 'train/a.gz': gzipSync(good) });
  const { dest } = scratch;
  await using command = new Command(['agent', source, dest, '-x', '--epochs', '1']);
  const held = startReader({ dir: dest, channel: 'bad', epochs: 1 });
  await command.stderr.shows(/holding .*\n/);
  await read({ dir: dest, channel: 'train', epochs: 1 });
  await command.stdout.shows(/^epochEnd channel=train /m);

  expect(await command.end('SIGTERM')).toBe(1);
  expect(await held.finished()).toMatchObject([{ bytes: 0, eof: true }]);
});

test.each(['', '--exit-on-failure'])(
  'exits with 1 before there is a FIFO for a link that leads nowhere, behind many files %s',
  async (flag) => {
    const flags = flag === '' ? [] : [flag];
    const files = Array.from({ length: 100 }, (_, i) => [`train/${i}`, 'x'] as const);
    const source = scratch.files(Object.fromEntries(files));
    mkdirSync(`${source}/train/z`);
    symlinkSync('nowhere', `${source}/train/z/link`);
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', `${source}/train`, dest, ...flags]);

    expect(await command.status()).toBe(1);
    expect(command.stdout.lines).toEqual(['error channel=train epoch=0 code=SOURCE_UNREADABLE']);
    expect(command.stderr.text).toContain(`The symbolic link "${source}/train/z/link" cannot be followed`);
    expect(existsSync(`${dest}/train_0`)).toBe(false);
  },
);

test.each([
  ['a source that is not there', 'nowhere', 'SOURCE_NOT_FOUND'],
  ['a source without anything in it', 'empty', 'SOURCE_EMPTY'],
])('exits with 1 before there is a FIFO for %s', async (_what, name, code) => {
  const source = scratch.files({});
  const { dest } = scratch;
  mkdirSync(`${source}/empty`);
  await using command = new Command(['channel', 'train', `${source}/${name}`, dest]);

  expect(await command.status()).toBe(1);
  expect(command.stderr.lines).toHaveLength(1);
  expect(command.stderr.text).toMatch(`(${code})`);
  expect(existsSync(`${dest}/train_0`)).toBe(false);
});
