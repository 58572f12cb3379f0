import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { createChannel, memorySource, type Source } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf, sha256 } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { recordEvents, next } from '../support/record-events.js';
import { PythonReader, readWithPython } from '../support/python-reader.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** Longer than any pipe, so that a reader that leaves is always noticed. */
const BIG = noise(3_000_001, 7);

const content = { 'a.bin': BIG, 'b/c.bin': noise(70_000, 8), 'd.bin': noise(5, 9) };
const whole = Buffer.concat(Object.values(content));
const records = Buffer.concat(Object.values(content).map(recordOf));

describe.each([
  ['raw', {}, whole],
  ['RecordIO', { recordio: true }, records],
])('a reader that leaves early, %s', (_name, options, expected) => {
  test('before the first byte, after it, in the middle: 120 times in a row, and the next epoch is exact', async () => {
    const rounds = 120;
    await using channel = createChannel({
      name: 'train',
      source: scratch.files(content),
      dest: scratch.dest,
      epochs: rounds + 1,
      ...options,
    });
    const whole: number[] = [];
    await channel.start();
    for (let epoch = 0; epoch <= rounds; epoch++) {
      // Every FIFO is opened at once and without a second try.
      const bytes = [0, 1, 4096, 65_536, 1_000_000, Infinity][epoch % 6]!;
      if (epoch === rounds || bytes === Infinity) whole.push(await stay(epoch));
      else await leaveAfter(bytes, epoch);
    }
    await channel.finished();
    expect(whole).toHaveLength(rounds / 6 + 1);

    async function stay(epoch: number): Promise<number> {
      expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(sha256(expected));
      return epoch;
    }

    async function leaveAfter(bytes: number, epoch: number): Promise<void> {
      const path = join(channel.dest, `train_${epoch}`);
      const started = next(channel, 'epochStart');
      const ended = next(channel, 'epochEnd');
      using probe = new FifoProbe(path);
      expect((await started).epoch).toBe(epoch);
      const head = await probe.read(bytes);
      expect(head.equals(expected.subarray(0, bytes))).toBe(true);
      probe.close();
      expect(existsSync(join(channel.dest, `train_${epoch + 1}`))).toBe(true);
      expect(await ended).toMatchObject({ epoch, outcome: 'closedEarly' });
      expect(existsSync(path)).toBe(false);
    }
  });
});

test.each([
  ['from a file', (): Source | string => scratch.files(content)],
  ['from memory', (): Source | string => memorySource([{ key: 'a', body: BIG }])],
])('whoever has read anything cannot open that epoch again, however soon: %s', async (_how, source) => {
  await using channel = createChannel({ name: 'train', source: source(), dest: scratch.dest, epochs: 40 });
  await channel.start();
  for (let epoch = 0; epoch < 40; epoch++) {
    const path = join(channel.dest, `train_${epoch}`);
    const started = next(channel, 'epochStart');
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await started;
    const ended = next(channel, 'epochEnd');
    const head = Buffer.alloc(2);
    while (!tryRead(fd, head)) await nextTurn();
    closeSync(fd);
    expect(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)).toThrow('ENOENT');
    expect(head.equals(BIG.subarray(0, 2))).toBe(true);
    expect(await ended).toMatchObject({ epoch, outcome: 'closedEarly' });
  }
  await channel.finished();

  function tryRead(fd: number, bytes: Uint8Array): boolean {
    try {
      return readSync(fd, bytes) === bytes.length;
    } catch {
      return false; // nothing is there yet
    }
  }
});

test('a Python reader that leaves every epoch after its first byte finds every FIFO at once', async () => {
  await using channel = createChannel({
    name: 'train',
    source: scratch.files(content),
    dest: scratch.dest,
    epochs: 120,
  });
  const events = recordEvents(channel);
  await channel.start();
  // It looks for a FIFO once in an hour, so every one has to be there when it first looks.
  const once = { dir: channel.dest, channel: 'train', pollMs: 3_600_000 };
  const short = await readWithPython({ ...once, epochs: 119, firstByteOnly: true });
  const last = await readWithPython({ ...once, firstEpoch: 119, epochs: 1 });
  await channel.finished();
  expect(short.every(({ bytes, eof }) => bytes === 1 && !eof)).toBe(true);
  expect(last).toMatchObject([{ bytes: whole.length, sha256: sha256(whole), eof: true }]);
  expect(events.filter((line) => line.endsWith('closedEarly'))).toHaveLength(119);
});

test('a reader that is killed ends its epoch only', async () => {
  await using channel = createChannel({
    name: 'train',
    source: scratch.files(content),
    dest: scratch.dest,
    epochs: 2,
  });
  const events = recordEvents(channel);
  await channel.start();
  const victim = new PythonReader({
    dir: channel.dest,
    channel: 'train',
    epochs: 1,
    chunkBytes: 1,
    delayMs: 1,
  });
  await victim.reached('firstByte', 0);
  const ended = next(channel, 'epochEnd');
  await victim.kill('SIGKILL');
  expect(await ended).toMatchObject({ epoch: 0, outcome: 'closedEarly' });
  const [after] = await readWithPython({ dir: channel.dest, channel: 'train', firstEpoch: 1, epochs: 1 });
  expect(after).toMatchObject({ sha256: sha256(whole), eof: true });
  await channel.finished();
  expect(events.at(-1)).toBe(`epochEnd 1 ${whole.length} 3 complete`);
});

test('a reader that leaves while the source has nothing to give is noticed', async () => {
  let aborts = 0;
  const silent: Source = {
    objects: () => [
      {
        key: 'silent',
        async *open({ signal }) {
          yield Buffer.from('first');
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
          aborts++;
          throw signal.reason;
        },
      },
    ],
  };
  await using channel = createChannel({ name: 'train', source: silent, dest: scratch.dest });
  await channel.start();
  for (let epoch = 0; epoch < 3; epoch++) {
    const ended = next(channel, 'epochEnd');
    expect((await readFifo(join(channel.dest, `train_${epoch}`), { closeAfter: 5 })).toString()).toBe(
      'first',
    );
    expect(await ended).toMatchObject({ epoch, outcome: 'closedEarly', bytes: 5, objects: 0 });
    expect(aborts).toBe(epoch + 1);
  }
});

test('a reader that leaves while the source is still listing is noticed', async () => {
  const silent: Source = {
    async *objects({ signal }) {
      yield {
        key: 'a',
        size: 1,
        open: async function* () {
          yield Buffer.from('a');
        },
      };
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    },
  };
  await using channel = createChannel({ name: 'train', source: silent, dest: scratch.dest });
  await channel.start();
  for (let epoch = 0; epoch < 3; epoch++) {
    const ended = next(channel, 'epochEnd');
    await readFifo(join(channel.dest, `train_${epoch}`), { closeAfter: 1 });
    expect(await ended).toMatchObject({ epoch, outcome: 'closedEarly', objects: 1 });
  }
});

test('what a source throws when its reader has left is nobody’s failure', async () => {
  const source: Source = {
    objects: () => [
      // While this one is written, the others gather, and are then written together.
      { key: '_', size: 1, open: () => bytes(Buffer.from('_')) },
      { key: 'a', size: BIG.length, open: () => Object.assign(bytes(BIG), { parts: [BIG] }) },
      {
        key: 'b',
        async *open({ signal }) {
          signal.throwIfAborted();
          yield Buffer.from('b');
        },
      },
      {
        key: 'c',
        open({ signal }) {
          signal.throwIfAborted();
          return bytes(Buffer.from('c'));
        },
      },
    ],
  };
  await using channel = createChannel({ name: 'train', source, dest: scratch.dest, epochs: 6 });
  await channel.start();
  for (let epoch = 0; epoch < 5; epoch++) {
    const ended = next(channel, 'epochEnd');
    await readFifo(join(channel.dest, `train_${epoch}`), { closeAfter: 2 });
    expect(await ended).toMatchObject({ epoch, outcome: 'closedEarly' });
  }
  const rest = await readFifo(join(channel.dest, 'train_5'));
  expect(rest.equals(Buffer.concat([Buffer.from('_'), BIG, Buffer.from('bc')]))).toBe(true);
  await channel.finished();

  async function* bytes(all: Uint8Array): AsyncGenerator<Uint8Array> {
    yield all;
  }
});

test('a reader that leaves while the last bytes of an epoch wait for room has left early', async () => {
  await using channel = createChannel({
    name: 'train',
    source: scratch.files({ 'a.bin': BIG.subarray(0, 100_000) }),
    dest: scratch.dest,
    epochs: 1,
    zeroCopy: false, // with koffi, the pipe has room for them
  });
  await channel.start();
  const ended = next(channel, 'epochEnd');
  {
    using _probe = new FifoProbe(join(channel.dest, 'train_0'));
    while (channel.stats().epochBytes < 65_536) await nextTurn();
  }
  expect(await ended).toMatchObject({ bytes: 65_536, outcome: 'closedEarly' });
});

test('a slow reader gets everything, through a pipe that is full all the time', async () => {
  await using channel = createChannel({
    name: 'train',
    source: scratch.files({ 'a.bin': BIG.subarray(0, 300_000) }),
    dest: scratch.dest,
    epochs: 1,
  });
  await channel.start();
  const [epoch] = await readWithPython({
    dir: channel.dest,
    channel: 'train',
    epochs: 1,
    chunkBytes: 8192,
    delayMs: 5,
  });
  expect(epoch).toMatchObject({ sha256: sha256(BIG.subarray(0, 300_000)), eof: true });
  await channel.finished();
});

test('a reader that opens without blocking and waits with select, as ml-io does', async () => {
  await using channel = createChannel({
    name: 'train',
    source: scratch.files(content),
    dest: scratch.dest,
    epochs: 3,
    recordio: true,
  });
  await channel.start();
  const epochs = await readWithPython({ dir: channel.dest, channel: 'train', epochs: 3, nonblocking: true });
  expect(epochs.map((epoch) => epoch.sha256)).toEqual(Array.from({ length: 3 }, () => sha256(records)));
  await channel.finished();
});
