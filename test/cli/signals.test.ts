import { randomBytes } from 'node:crypto';

import { expect, test } from 'vitest';

import { fifosBelow } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { Command } from './command.js';
import { startReader } from './reader.js';

const scratch = useScratch();

const endings = [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

test.each(endings)('%s while it waits for a reader: cleans up, status %i', async (signal, status) => {
  const source = scratch.files({ a: 'a' });
  await using command = new Command(['channel', 'train', source, scratch.dest]);
  await command.stdout.shows(/^ready /m);
  expect(fifosBelow(scratch.dest)).not.toEqual([]);

  expect(await command.end(signal)).toBe(status);
  expect(command.stdout.lines.at(-1)).toBe('stop channel=train');
  expect(command.stderr.text).toBe('');
  expect(fifosBelow(scratch.dest)).toEqual([]);
});

test.each(endings)(
  '%s in the middle of an epoch: the reader gets the end, status %i',
  async (signal, status) => {
    const source = scratch.files({ a: randomBytes(8_000_000) });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest]);
    const reader = startReader({
      dir: dest,
      channel: 'train',
      epochs: 1,
      chunkBytes: 10_000,
      delayMs: 1,
    });
    await reader.reached('firstByte', 0);

    expect(await command.end(signal)).toBe(status);
    expect(fifosBelow(dest)).toEqual([]);
    const [epoch] = await reader.finished();
    expect(epoch).toMatchObject({ eof: true });
    expect(epoch!.bytes).toBeLessThan(8_000_000);
  },
);

test('a second signal ends it at once, and no FIFO is left', async () => {
  const source = scratch.files({ a: 'a' });
  await using command = new Command(['channel', 'train', source, scratch.dest]);
  await command.stdout.shows(/^ready /m);

  command.child.kill('SIGSTOP'); // so that both are there before it can do anything
  command.child.kill('SIGINT');
  command.child.kill('SIGTERM');
  const status = await command.end('SIGCONT');

  expect([130, 143]).toContain(status);
  expect(fifosBelow(scratch.dest)).toEqual([]);
});
