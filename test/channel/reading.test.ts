import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { followReading } from '../../src/channel/channel.js';
import { createChannel } from '../../src/channel/create-channel.js';
import { noise } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
/** The others cannot tell. */
const hasLibc = process.env['SAGEMAKER_PIPE_MODE_ZERO_COPY'] !== '0';
/** Longer than any pipe. */
const BIG = noise(3_000_001, 7);

test.runIf(hasLibc).each([
  ['without a byte', 10_000, 0],
  ['in the middle of what the pipe holds', 10_000, 4000],
  ['at the end', 10_000, 10_000],
  ['in the middle of more than the pipe holds', BIG.length, 200_000],
])('how much of an epoch was read by a reader that leaves %s', async (_where, length, read) => {
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: BIG.subarray(0, length) }],
    dest: scratch.dest,
    epochs: 2,
  });
  const readings = followReading(channel)!;
  const isOver = new Promise<void>((resolve) => channel.once('epochEnd', () => resolve()));
  await channel.start();
  const fd = open(join(channel.dest, 'train_0'));
  await readExactly(fd, read);
  if (length < BIG.length) await isOver;
  closeSync(fd);
  await isOver;
  expect(await readFifo(join(channel.dest, 'train_1'))).toHaveLength(length);
  await channel.finished();
  const [first, second] = readings.list;
  expect(first).toMatchObject({ epoch: 0, outcome: length < BIG.length ? 'complete' : 'closedEarly' });
  if (first!.isExact) expect(first!.bytes - first!.unread!).toBe(read);
  else expect(first!.bytes - first!.unread!).toBeLessThanOrEqual(read);
  expect(first!.isExact || length === BIG.length).toBe(true);
  expect(second).toEqual({ epoch: 1, bytes: length, isExact: true, unread: 0, outcome: 'complete' });
});

test.runIf(hasLibc)('of a file it is exact, however large it is', async () => {
  await using channel = createChannel({
    name: 'train',
    source: scratch.files({ a: BIG }),
    dest: scratch.dest,
    epochs: 1,
  });
  const readings = followReading(channel)!;
  await channel.start();
  const fd = open(join(channel.dest, 'train_0'));
  await readExactly(fd, 200_000);
  closeSync(fd);
  await channel.finished();
  const [reading] = readings.list;
  expect(reading).toMatchObject({ outcome: 'closedEarly', isExact: true });
  expect(reading!.bytes - reading!.unread!).toBe(200_000);
});

test('the list is there when the channel was stopped, and until then it is as things are', async () => {
  const channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: 'x'.repeat(5000) }],
    dest: scratch.dest,
  });
  const readings = followReading(channel)!;
  await channel.start();
  const fd = open(join(channel.dest, 'train_0'));
  await readExactly(fd, 1000);
  expect(readings.list).toMatchObject([{ epoch: 0 }]);
  closeSync(fd);
  await channel.stop();
  const unread = hasLibc ? 4000 : undefined;
  expect(readings.list).toEqual([{ epoch: 0, bytes: 5000, isExact: true, unread, outcome: 'complete' }]);
});

test('of thousands of epochs the last ones are known, and few descriptors are open', async () => {
  const epochs = 1010;
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: 'x' }],
    dest: scratch.dest,
    epochs,
  });
  const readings = followReading(channel)!;
  await channel.start();
  for (let epoch = 0; epoch < epochs; epoch++) await readFifo(join(channel.dest, `train_${epoch}`));
  await channel.finished();
  expect(readings.list.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 1000 }, (_, at) => at + 10));
});

test('a channel in File mode has no epochs to read', async () => {
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: 'x' }],
    dest: scratch.dest,
    inputMode: 'File',
  });
  expect(followReading(channel)).toBeUndefined();
  await channel.start();
});

function open(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

async function readExactly(fd: number, length: number): Promise<void> {
  for (let left = length; left > 0;) {
    try {
      left -= readSync(fd, Buffer.alloc(Math.min(left, 65_536)));
    } catch {
      // not there yet
    }
    await nextTurn();
  }
}
