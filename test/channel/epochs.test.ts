import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type Channel, createChannel } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { recordEvents, next } from '../support/record-events.js';
import { PythonReader, readWithPython } from '../support/python-reader.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

const plain = new Map([
  ['a-b', noise(100_000, 1)],
  ['a.b', noise(0, 2)],
  ['a/b', noise(3, 3)],
  ['nested/deep/er', noise(2_500_001, 4)],
  ['\uff5e', noise(65_536, 5)],
  ['😀', noise(1, 6)],
]);
const contents = [...plain.values()];
const zipped = new Map([...plain].map(([key, bytes]) => [key, gzipSync(bytes)]));

describe('a reader in Python gets three epochs of a directory', () => {
  const cases: [string, Map<string, Buffer>, object, Buffer[]][] = [
    ['raw', plain, {}, contents],
    ['inflated', zipped, { gunzip: true }, contents],
    ['as RecordIO', plain, { recordio: true }, contents.map(recordOf)],
    ['inflated, as RecordIO', zipped, { gunzip: true, recordio: true }, contents.map(recordOf)],
  ];

  test.each(cases)('%s', async (_how, files, options, expected) => {
    await using channel = createChannel({
      name: 'training',
      source: scratch.files(Object.fromEntries(files)),
      dest: scratch.dest,
      epochs: 3,
      ...options,
    });
    const events = recordEvents(channel);
    await channel.start();
    const recordio = 'recordio' in options;
    const epochs = await readWithPython({ dir: channel.dest, channel: 'training', epochs: 3, recordio });
    await channel.finished();
    const bytes = expected.reduce((sum, each) => sum + each.length, 0);
    for (const [index, epoch] of epochs.entries()) {
      expect(epoch).toMatchObject({ epoch: index, bytes, sha256: sha256(...expected), eof: true });
      if (recordio) {
        expect(epoch.records).toEqual(contents.map((each) => each.length));
        expect(epoch.payloadSha256).toBe(sha256(...contents));
      }
    }
    expect(events).toEqual(
      [0, 1, 2].flatMap((epoch) => [
        `epochStart ${epoch}`,
        ...[...plain.keys()].map((key, index) => `object ${epoch} ${key} ${expected[index]!.length}`),
        `epochEnd ${epoch} ${bytes} ${plain.size} complete`,
      ]),
    );
    expect(channel.stats()).toEqual({
      state: 'finished',
      epoch: 2,
      waitingFor: 'nobody',
      waitingMs: 0,
      path: join(channel.dest, 'training_2'),
      bytes: 3 * bytes,
      objects: 3 * plain.size,
      epochBytes: bytes,
      epochObjects: plain.size,
    });
  });
});

test('epochs are endless by default', async () => {
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: 'abc' }],
    dest: scratch.dest,
  });
  await channel.start();
  const epochs = await readWithPython({ dir: channel.dest, channel: 'train', epochs: 50, pollMs: 3_600_000 });
  expect(epochs.every(({ bytes, eof }) => bytes === 3 && eof)).toBe(true);
  expect(channel.stats()).toMatchObject({ bytes: 150, objects: 50 });
});

test('the reader may come first, and opens every FIFO at once from the second on', async () => {
  const reader = new PythonReader({ dir: scratch.dest, channel: 'train', epochs: 20, pollMs: 1 });
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: noise(200_000) }],
    dest: scratch.dest,
    epochs: 20,
  });
  await channel.start();
  const epochs = await reader.finished();
  expect(new Set(epochs.map((epoch) => epoch.sha256))).toEqual(new Set([sha256(noise(200_000))]));
  await channel.finished();
});

describe('events', () => {
  test('carry what they say they do', async () => {
    await using channel = createChannel({
      name: 'train',
      source: [{ key: 'k', body: 'abc' }],
      dest: scratch.dest,
      epochs: 1,
    });
    const start = next(channel, 'epochStart');
    const object = next(channel, 'object');
    const end = next(channel, 'epochEnd');
    await channel.start();
    await readFifo(join(channel.dest, 'train_0'));
    const path = join(scratch.dest, 'train_0');
    expect(await start).toEqual({ epoch: 0, path });
    expect(await object).toEqual({ epoch: 0, key: 'k', bytes: 3 });
    const { durationMs, ...rest } = await end;
    expect(rest).toEqual({ epoch: 0, path, bytes: 3, objects: 1, outcome: 'complete' });
    expect(durationMs).toBeGreaterThanOrEqual(0);
    await channel.finished();
  });

  test('have listeners that may throw: the host hears of it, the channel goes on', async () => {
    const { code, lines, stderr } = await runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       import { execFileSync, spawn } from 'node:child_process';
       const heard = [];
       process.on('uncaughtException', ({ message }) => heard.push(message));
       const channel = createChannel({
         name: 'train', dest: process.argv[1], epochs: 2, source: [{ key: 'a', body: 'a' }],
       });
       for (const event of ['epochStart', 'object', 'epochEnd'])
         channel.on(event, () => { throw new Error(event); });
       await channel.start();
       const reader = spawn('sh', ['-c', 'cat "$0"_0 "$0"_1', process.argv[1] + '/train'], { stdio: ['ignore', 'inherit', 'inherit'] });
       const closed = new Promise((resolve) => reader.on('close', resolve));
       await channel.finished();
       await closed;
       console.log('\\n' + heard.join(' '), channel.state);`,
      { args: [scratch.dest] },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(lines).toEqual(['aa', 'epochStart object epochEnd epochStart object epochEnd finished']);
  });

  test('of a failure reach a listener that throws, and finished() all the same', async () => {
    const { code, lines } = await runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       import { spawn } from 'node:child_process';
       process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
       const channel = createChannel({
         name: 'train', dest: process.argv[1], source: { objects: () => [] },
       });
       channel.on('error', () => { throw new Error('listener'); });
       const finished = channel.finished();
       await channel.start();
       spawn('cat', [process.argv[1] + '/train_0'], { stdio: 'ignore' });
       await finished.catch(({ code }) => console.log(code));
       await channel.stop();`,
      { args: [scratch.dest] },
    );
    expect(code).toBe(0);
    expect([...lines].sort()).toEqual(['SOURCE_EMPTY', 'uncaught listener']);
  });
});

describe('stats()', () => {
  test('say in every state what the channel waits for', async () => {
    let deliver!: () => void;
    const delivered = new Promise<void>((resolve) => (deliver = resolve));
    await using channel = createChannel({
      name: 'train',
      source: {
        objects: () => [
          {
            key: 'a',
            async *open() {
              yield noise(10);
              await delivered;
              yield noise(3_000_000);
            },
          },
        ],
      },
      dest: scratch.dest,
      epochs: 2,
    });
    const path = join(scratch.dest, 'train_0');
    const nothing = { epoch: 0, path, bytes: 0, objects: 0, epochBytes: 0, epochObjects: 0 };
    const waitingMs = expect.any(Number) as number;
    expect(channel.stats()).toEqual({ ...nothing, state: 'idle', waitingFor: 'nobody', waitingMs: 0 });
    const starting = channel.start();
    expect(channel.stats().state).toBe('waiting');
    await starting;
    expect(channel.stats()).toEqual({ ...nothing, state: 'waiting', waitingFor: 'reader', waitingMs });

    const ended = next(channel, 'epochEnd');
    using probe = await probeEpoch(channel);
    await probe.read(10);
    await until(channel, 'source');
    expect(channel.stats()).toEqual({
      ...nothing,
      state: 'streaming',
      waitingFor: 'source',
      waitingMs,
      bytes: 10,
      epochBytes: 10,
    });

    deliver();
    await until(channel, 'reader');
    expect(channel.stats()).toMatchObject({ state: 'streaming', epochObjects: 0 });
    await probe.rest();
    await ended;
    await untilState(channel, 'waiting');
    expect(channel.stats()).toEqual({
      state: 'waiting',
      waitingFor: 'reader',
      waitingMs,
      path: join(scratch.dest, 'train_1'),
      epoch: 1,
      bytes: 3_000_010,
      objects: 1,
      epochBytes: 0,
      epochObjects: 0,
    });
    await channel.stop();
    expect(channel.stats()).toMatchObject({
      state: 'stopped',
      waitingFor: 'nobody',
      epoch: 1,
      bytes: 3_000_010,
    });
  });

  async function until(channel: Channel, waitingFor: string): Promise<void> {
    while (channel.stats().waitingFor !== waitingFor) await new Promise(setImmediate);
  }

  async function untilState(channel: Channel, state: string): Promise<void> {
    while (channel.state !== state) await new Promise(setImmediate);
  }
});
