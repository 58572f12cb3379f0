import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { createChannel, type Transform } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

const MIB = 1024 * 1024;

/** Objects that count how many of their chunks exist: made, and not known to be written. */
function counted(
  objects: number,
  chunksOf: (object: number) => number,
  make: (object: number) => Uint8Array,
) {
  let made = 0;
  const source = Array.from({ length: objects }, (_, index) => ({
    key: String(index).padStart(3, '0'),
    body: async function* () {
      for (let i = 0; i < chunksOf(index); i++) {
        made++;
        yield make(index);
      }
    },
  }));
  return { source, made: () => made };
}

/** Lets the channel do whatever it does without a reader that reads. */
async function settle(made: () => number): Promise<number> {
  for (let before = -1, turns = 0; turns < 50; turns++) {
    if (made() !== before) turns = 0;
    before = made();
    await nextTurn();
  }
  return made();
}

describe('what is read ahead of a reader that does not read', () => {
  // What the pipe holds, and the write that waits for it, belong to the object whose turn it is.
  test.each([
    ['one chunk of 5 MiB each', 5 * MIB, 1, 1],
    ['chunks of 1 MiB', MIB, 4, 1],
    ['chunks of 256 KiB', MIB / 4, 8, 3 + 4],
    ['chunks of 64 KiB', MIB / 16, 32, 15 + 16],
  ])('is prefetchBytes and one chunk: %s', async (_what, chunkBytes, chunks, most) => {
    const chunk = noise(chunkBytes);
    const { source, made } = counted(
      40,
      () => chunks,
      () => chunk,
    );
    await using channel = createChannel({ name: 'train', source, dest: scratch.dest, prefetchBytes: MIB });
    await channel.start();
    using probe = await probeEpoch(channel);
    // Before the pipe is full, the first object may have had its turn.
    const turn = Math.ceil((2 * MIB) / chunkBytes);
    expect(await settle(made)).toBeLessThanOrEqual(most + turn);
    await channel.stop();
    await probe.rest();
  });

  test('is not much more if the first objects are small', async () => {
    const [small, large] = [noise(1000), noise(5 * MIB)];
    const { source, made } = counted(
      60,
      () => 1,
      (index) => (index < 3 ? small : large),
    );
    await using channel = createChannel({ name: 'train', source, dest: scratch.dest, prefetchBytes: MIB });
    await channel.start();
    using probe = await probeEpoch(channel);
    expect(await settle(made)).toBeLessThanOrEqual(3 + 13);
    await channel.stop();
    await probe.rest();
  });
});

describe('what transforms read ahead of a reader that does not read', () => {
  /** Holds a chunk for long of which it has passed on little. */
  const slow: Transform = (object) => ({
    key: object.key,
    async *open(context) {
      for await (const chunk of object.open(context)) {
        yield chunk.subarray(0, 8);
        await once(context.signal, 'abort');
      }
    },
  });

  test.each([
    ['gunzip', { gunzip: true }],
    ['recordio', { recordio: true }],
    ['gunzip and recordio', { gunzip: true, recordio: true }],
    ['a transform', { transforms: [slow] }],
  ])('is prefetchBytes and one chunk: %s', async (_what, options) => {
    const chunk = gzipSync(noise(5 * MIB), { level: 0 });
    const { source, made } = counted(
      40,
      () => 1,
      () => chunk,
    );
    const dest = scratch.dest;
    await using channel = createChannel({ name: 'train', source, dest, prefetchBytes: MIB, ...options });
    await channel.start();
    using probe = await probeEpoch(channel);
    await probe.read(8); // so that all threads are there, and something of the first object has come
    await settle(() => made() + channel.stats().bytes);
    expect(made()).toBe(1);
    await channel.stop();
    await probe.rest();
  });
});

test('bodies that wait for something are read 32 at once', async () => {
  let open = 0;
  let most = 0;
  const bodies = 200;
  const source = Array.from({ length: bodies }, (_, index) => ({
    key: String(index).padStart(3, '0'),
    body: async function* () {
      most = Math.max(most, ++open);
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      open--;
      yield noise(1000, index);
    },
  }));
  await using channel = createChannel({
    name: 'train',
    source,
    dest: scratch.dest,
    epochs: 1,
    prefetchBytes: MIB,
  });
  await channel.start();
  const bytes = await readFifo(join(channel.dest, 'train_0'));
  await channel.finished();
  expect(bytes.equals(Buffer.concat(Array.from({ length: bodies }, (_, index) => noise(1000, index))))).toBe(
    true,
  );
  expect(most).toBe(32);
});

test('many small chunks arrive before the object is over, if its source waits', async () => {
  let goOn!: () => void;
  const waiting = new Promise<void>((resolve) => (goOn = resolve));
  const body = async function* () {
    yield Buffer.from('first');
    yield Buffer.from('second');
    await waiting;
    yield Buffer.from('third');
  };
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body }],
    dest: scratch.dest,
    epochs: 1,
  });
  await channel.start();
  using probe = await probeEpoch(channel);
  expect((await probe.read(11)).toString()).toBe('firstsecond');
  goOn();
  expect((await probe.rest()).toString()).toBe('third');
  await channel.finished();
});
