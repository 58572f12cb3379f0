import { createChannel, createChannels, openChannels } from 'sagemaker-pipe-mode';
import { expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const source = [{ key: 'a', body: 'a' }];

test('a channel is open from its start to its end, and says who has made it', async () => {
  const { dest } = scratch;
  const channel = createChannel({ name: 'train', source, dest, epochs: 1 });
  expect(openChannels()).toEqual([]);
  await channel.start();
  const [open, ...others] = openChannels();
  expect(others).toEqual([]);
  expect(open).toMatchObject({ name: 'train', dest, state: 'waiting' });
  expect(open!.madeAt.split('\n')[0]).toMatch(/^at .*open-channels\.test\.ts:\d+:\d+/);
  using probe = await probeEpoch(channel);
  expect(open!.state).toBe('streaming');
  await probe.rest();
  await channel.finished();
  expect(openChannels()).toEqual([]);
});

test('those of a group too, and one that has failed until it is stopped', async () => {
  const failing = {
    objects: () => {
      throw new Error('planned');
    },
  };
  const group = createChannels({
    channels: { bad: { source: failing }, good: { source } },
    dest: scratch.dest,
  });
  await group.start();
  using probe = await probeEpoch(group.channels.get('bad')!);
  await rejection(group.finished());
  expect(openChannels().map(({ name, state }) => [name, state])).toEqual([
    ['bad', 'failed'],
    ['good', 'waiting'],
  ]);
  expect(
    openChannels().every(
      ({ madeAt }) => madeAt.startsWith('at ') && madeAt.includes('open-channels.test.ts'),
    ),
  ).toBe(true);
  expect(probe.available().end).toBe('held');
  for (const channel of openChannels()) await channel.stop();
  expect(openChannels()).toEqual([]);
});

test('who has the name is said to whoever wants it too', async () => {
  await using first = createChannel({ name: 'train', source, dest: scratch.dest });
  await first.start();
  const second = createChannel({ name: 'train', source, dest: scratch.dest });
  const { code, message } = await rejection(second.start());
  expect(code).toBe('CHANNEL_IN_USE');
  expect(message).toMatch(/, made at .*open-channels\.test\.ts:\d+:\d+\)?\. Stop it first/);
});
