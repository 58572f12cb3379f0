// What a channel holds after its end: of the process, nothing; of what whoever made it still has, no data.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { type Channel, type ChannelOptions, createChannel } from 'sagemaker-pipe-mode';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { inChunks, noise, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
/** What looks again and again whether anything moves has had its turn then, in milliseconds. */
const A_LOOK_MS = 300;
/** What is held stays held. */
const PATIENCE = { timeout: 3000 };

let gc: () => void;
beforeAll(() => {
  setFlagsFromString('--expose-gc');
  gc = runInNewContext('gc') as () => void;
});

async function collected(): Promise<void> {
  await delay(A_LOOK_MS);
  gc();
  await delay(1); // what is told of what was collected lets go of more
  gc();
}

describe('a channel that is stopped at any moment can be collected', () => {
  const MOMENTS = 60;

  async function stopAfter(turns: number, options: Partial<ChannelOptions>): Promise<WeakRef<Channel>> {
    const source = { description: 'one object', check: () => {}, objects: () => [{ key: 'a', open }] };
    const channel = createChannel({ name: 'train', source, dest: scratch.dest, ...options });
    let isStopped = false;
    const late: string[] = [];
    channel.on('epochStart', () => isStopped && late.push('epochStart'));
    const started = channel.start().catch(() => undefined);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    isStopped = true;
    await channel.stop();
    await started;
    expect(late, `after ${turns} turns`).toEqual([]);
    return new WeakRef(channel);
  }

  async function* open() {
    yield await Promise.resolve(Buffer.from('a'));
  }

  test.each<Partial<ChannelOptions>>([
    { inputMode: 'Pipe' },
    { inputMode: 'File' },
    { inputMode: 'FastFile' },
    { inputMode: 'File', stallTimeoutMs: 60_000 },
  ])('%j', async (options) => {
    const channels: WeakRef<Channel>[] = [];
    for (let turns = 0; turns < MOMENTS; turns++) channels.push(await stopAfter(turns, options));
    const held = () => channels.flatMap((channel, turns) => (channel.deref() ? [turns] : []));
    await vi.waitFor(async () => {
      await collected();
      expect(held()).toEqual([]);
    }, PATIENCE);
  });
});

test.each([
  ['raw', {}],
  ['in RecordIO', { recordio: true }],
])('a channel that has finished holds no data, %s', async (_what, options) => {
  const content = noise(24 * MIB);
  const source = [{ key: 'a', body: () => inChunks(content, [1000, 65_536]) }];
  const before = await arrayBuffers();
  await using channel = createChannel({ name: 'train', source, dest: scratch.dest, epochs: 1, ...options });
  await channel.start();
  await delay(50);
  const during = readFifo(join(scratch.dest, 'train_0')).then((read) => sha256(read));
  await channel.finished();
  await during;
  await vi.waitFor(async () => expect((await arrayBuffers()) - before).toBeLessThan(2 * MIB), PATIENCE);
});

async function arrayBuffers(): Promise<number> {
  await collected();
  return process.memoryUsage().arrayBuffers;
}
