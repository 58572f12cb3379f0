import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

import { createChannel, createChannels, type PipeModeError, type Source } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { next } from '../support/record-events.js';
import { gone, holderNamedIn } from '../support/holder.js';
import { fifosBelow } from '../support/leftovers.js';
import { runProgram } from '../support/program.js';
import { readWithPython } from '../support/python-reader.js';
import { useScratch } from '../support/scratch.js';
import { rejection, thrown } from '../support/expected-errors.js';

const scratch = useScratch();
const memory = (text: string) => [{ key: 'a', body: text }];
const broken: Source = {
  objects: () => {
    throw new Error('broken on purpose');
  },
};

test('a directory whose subdirectories are the channels', async () => {
  scratch.files({
    'train/a': 'train a',
    'train/deep/b': 'train b',
    'test-1/a': 'test a',
    'README.md': 'not a channel',
  });
  mkdirSync(scratch.path('elsewhere'));
  symlinkSync('train', scratch.path('linked'));
  symlinkSync('nowhere', scratch.path('dangling'));
  scratch.files({ 'elsewhere/x': 'x' });
  await using group = createChannels({ source: scratch.dir, dest: scratch.dest, epochs: 2, recordio: true });
  expect([...group.channels.keys()]).toEqual(['elsewhere', 'linked', 'test-1', 'train']);
  await group.start();
  const read = (channel: string) => readWithPython({ dir: scratch.dest, channel, epochs: 2, recordio: true });
  const [train, other] = await Promise.all([read('train'), read('test-1')]);
  expect(train.map((epoch) => epoch.records)).toEqual([
    [7, 7],
    [7, 7],
  ]);
  expect(other[1]).toMatchObject({ records: [6], eof: true });
  for (const name of ['linked', 'elsewhere'])
    for (const epoch of [0, 1]) await readFifo(join(scratch.dest, `${name}_${epoch}`));
  await group.finished();
  expect([...group.channels.values()].map((channel) => channel.state)).toEqual(Array(4).fill('finished'));
});

test('a record of options: each channel’s own go before those of the group', async () => {
  const group = createChannels({
    dest: scratch.dest,
    epochs: 1,
    channels: {
      b: { source: memory('b'), recordio: true },
      a: { source: memory('a'), dest: join(scratch.dest, 'own') },
      c: { source: memory('c'), epochs: 2 },
    },
  });
  await group.start();
  expect(await readFifo(join(scratch.dest, 'own', 'a_0'))).toEqual(Buffer.from('a'));
  expect(await readFifo(join(scratch.dest, 'b_0'))).toEqual(recordOf(Buffer.from('b')));
  expect(await readFifo(join(scratch.dest, 'c_0'))).toEqual(Buffer.from('c'));
  expect(group.channels.get('c')!.state).not.toBe('finished');
  expect(await readFifo(join(scratch.dest, 'c_1'))).toEqual(Buffer.from('c'));
  await group.finished();
});

describe('refuses', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, { source: memory('x') }]));

  test.each([
    ['neither a source nor channels', {}],
    ['both', { source: '/tmp', channels: many(1) }],
    ['no channels', { channels: {} }],
    ['21 channels', { channels: many(21) }],
    ['S3 as the source', { source: 's3://bucket/prefix' }],
    ['an empty source', { source: '' }],
    ['something else as the source', { source: 7 }],
  ])('%s', (_what, options) => {
    const error = thrown(() => createChannels({ dest: scratch.dest, ...options } as never));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toMatch(/^Expected .*(channels)/);
  });

  test('a directory without subdirectories, one that is not there, and one with a name that no channel can have', () => {
    scratch.files({ file: '' });
    const empty = thrown(() => createChannels({ source: scratch.dir, dest: scratch.dest }));
    expect(empty.code).toBe('INVALID_OPTION');
    expect(empty.message).toContain(
      `found 0 in "${scratch.dir}". Put the data of each channel into a subdirectory`,
    );
    const missing = thrown(() => createChannels({ source: scratch.path('no'), dest: scratch.dest }));
    expect(missing).toMatchObject({ code: 'SOURCE_NOT_FOUND', path: scratch.path('no') });
    scratch.files({ 'bad name/a': '' });
    const named = thrown(() => createChannels({ source: scratch.dir, dest: scratch.dest }));
    expect(named.code).toBe('INVALID_CHANNEL_NAME');
    expect(named.message).toContain('bad name');
  });

  test('options that it does not know, for all and for one', () => {
    const forAll = thrown(() => createChannels({ dest: scratch.dest, channels: many(1), epoch: 1 } as never));
    expect(forAll).toMatchObject({ code: 'UNKNOWN_OPTION', message: expect.stringContaining('`epoch`') });
    const channels = { a: { source: memory('a'), gzip: true } };
    const forOne = thrown(() => createChannels({ dest: scratch.dest, channels }));
    expect(forOne).toMatchObject({ code: 'UNKNOWN_OPTION', message: expect.stringContaining('`gzip`') });
  });

  test('one bad channel without leaving a listener for the good ones', async () => {
    let listeners = 0;
    const { signal } = new AbortController();
    signal.addEventListener = () => {
      listeners++;
    };
    signal.removeEventListener = () => {
      listeners--;
    };
    const channels = { a: { source: memory('a') }, b: { source: memory('b'), epochs: 0 } };
    expect(thrown(() => createChannels({ dest: scratch.dest, channels, signal })).code).toBe(
      'INVALID_EPOCHS',
    );
    await nextTurn();
    expect(listeners).toBe(0);
  });
});

test('one that cannot start stops the others, and start() says which and why', async () => {
  const group = createChannels({
    dest: scratch.dest,
    channels: {
      a: { source: memory('a') },
      b: { source: scratch.path('missing') },
      c: { source: memory('c') },
    },
  });
  const error = await rejection(group.start());
  expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', channel: 'b', path: scratch.path('missing') });
  expect(error.message).toContain('Channel "b"');
  expect([...group.channels.values()].map((channel) => channel.state)).toEqual([
    'stopped',
    'failed',
    'stopped',
  ]);
  expect(fifosBelow(scratch.dest)).toEqual([]);
  expect(await rejection(group.finished())).toBe(error);
  await group.stop();
});

test('a channel that cannot start is no uncaught exception, however long the others take to start', async () => {
  const { code, lines, stderr } = await runProgram(
    `import { createChannels } from 'sagemaker-pipe-mode';
     import { setImmediate } from 'node:timers/promises';
     const slow = {
       async check() { for (let turn = 0; turn < 20; turn++) await setImmediate(); },
       objects: () => [],
     };
     const group = createChannels({
       dest: process.argv[1],
       channels: { bad: { source: process.argv[1] + '/missing' }, slow: { source: slow } },
     });
     await group.start().catch(({ code }) => console.log(code));`,
    { args: [scratch.dest] },
  );
  expect([code, lines, stderr]).toEqual([0, ['SOURCE_NOT_FOUND'], '']);
});

test('one that fails does not silence the rest, and its error says which', async () => {
  await using group = createChannels({
    dest: scratch.dest,
    epochs: 2,
    channels: { good: { source: memory('good') }, bad: { source: broken }, worse: { source: broken } },
  });
  const errors: string[] = [];
  group.on('error', (error) => errors.push(`${error.channel} ${error.code}`));
  await group.start();
  const finished = rejection(group.finished());
  const badFailed = next(group.channels.get('bad')!, 'error');
  using bad = new FifoProbe(join(scratch.dest, 'bad_0'));
  await badFailed;
  expect(await finished).toMatchObject({ code: 'SOURCE_FAILED', channel: 'bad', epoch: 0 });
  for (const epoch of [0, 1])
    expect((await readFifo(join(scratch.dest, `good_${epoch}`))).toString()).toBe('good');
  await group.channels.get('good')!.finished();
  const worseFailed = next(group.channels.get('worse')!, 'error');
  using worse = new FifoProbe(join(scratch.dest, 'worse_0'));
  await worseFailed;
  expect(errors).toEqual(['bad SOURCE_FAILED', 'worse SOURCE_FAILED']);
  expect([bad.available().end, worse.available().end]).toEqual(['held', 'held']);
  await group.stop();
  expect([bad.available().end, worse.available().end]).toEqual(['closed', 'closed']);
});

test('a failure without a listener and without finished() is thrown', async () => {
  const { code, lines, stderr } = await runProgram(
    `import { createChannels } from 'sagemaker-pipe-mode';
     import { spawn } from 'node:child_process';
     const group = createChannels({
       dest: process.argv[1],
       channels: { bad: { source: { objects() { throw new Error('broken on purpose'); } } } },
     });
     await group.start();
     console.log(spawn('cat', [process.argv[1] + '/bad_0'], { stdio: 'ignore' }).pid);`,
    { args: [scratch.dest] },
  );
  expect(code).toBe(1);
  expect(stderr).toContain('Channel "bad", epoch 0: Listing the source failed: broken on purpose');
  process.kill(Number(lines[0]), 'SIGKILL'); // it is held, and would wait for ever
  await gone(holderNamedIn(stderr));
});

async function* forever(): AsyncGenerator<Uint8Array> {
  for (;;) yield await delay(10, Buffer.from('x'));
}

test('tells what its channels tell, each with its channel', async () => {
  await using group = createChannels({
    dest: scratch.dest,
    channels: { a: { source: memory('a') }, b: { source: broken } },
    epochs: 1,
  });
  const events: unknown[] = [];
  group.on('epochStart', ({ epoch }, { name }) => events.push(['epochStart', epoch, name]));
  group.on('object', ({ key }, { name }) => events.push(['object', key, name]));
  group.on('epochEnd', ({ outcome }, { name }) => events.push(['epochEnd', outcome, name]));
  group.on('stop', ({ name }) => events.push(['stop', name]));
  group.on('error', ({ code }, { name }) => events.push(['error', code, name]));
  await group.start();
  await readFifo(join(scratch.dest, 'a_0'));
  await group.channels.get('a')!.finished();
  using probe = new FifoProbe(join(scratch.dest, 'b_0'));
  await rejection(group.channels.get('b')!.finished());
  probe.close();
  await group.stop();
  expect(events).toEqual([
    ['epochStart', 0, 'a'],
    ['object', 'a', 'a'],
    ['epochEnd', 'complete', 'a'],
    ['epochStart', 0, 'b'],
    ['error', 'SOURCE_FAILED', 'b'],
  ]);
});

test('shows in a log what its channels do', async () => {
  await using group = createChannels({ dest: scratch.dest, channels: { a: { source: memory('a') } } });
  expect(inspect(group)).toMatch(/^ChannelGroup \[\n? *Channel \{\n? *name: 'a',/);
  expect(inspect(group.channels.get('a'))).toContain("state: 'idle'");
  expect(inspect(group)).not.toContain('_events');
});

test('a channel that cannot be started ends the downloads of the others', async () => {
  const endless = [{ key: 'a', body: forever }];
  const group = createChannels({
    dest: scratch.dest,
    channels: { a: { source: endless, inputMode: 'File' }, b: { source: './missing' } },
  });
  expect(await rejection(group.start())).toMatchObject({ code: 'SOURCE_NOT_FOUND', channel: 'b' });
});

test('of several channels that cannot be started the first by name is told of', async () => {
  const missing = { source: './missing' };
  const group = createChannels({ dest: scratch.dest, channels: { b: missing, a: missing } });
  expect(await rejection(group.start())).toMatchObject({ code: 'SOURCE_NOT_FOUND', channel: 'a' });
});

test('a group that was stopped cannot be started', async () => {
  const group = createChannels({ dest: scratch.dest, channels: { a: { source: memory('a') } } });
  await group.stop();
  expect(await rejection(group.start())).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('they are stopped') as string,
  });
});

test('starting twice is refused, and the group goes on', async () => {
  await using group = createChannels({
    dest: scratch.dest,
    epochs: 1,
    channels: { a: { source: memory('a') } },
  });
  const both = await Promise.allSettled([group.start(), group.start()]);
  expect(both[0].status).toBe('fulfilled');
  expect(both[1]).toMatchObject({ reason: { code: 'INVALID_STATE' } });
  expect((await rejection(group.start())).code).toBe('INVALID_STATE');
  expect((await readFifo(join(scratch.dest, 'a_0'))).toString()).toBe('a');
  await group.finished();
});

describe('20 channels that share a signal', () => {
  const channels = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`c${i}`, { source: memory(`content ${i}`) }]),
  );

  test.each(['stop', 'abort', 'dispose'])('end by %s', async (how) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const controller = new AbortController();
    const group = createChannels({ dest: scratch.dest, channels, signal: controller.signal });
    const finished = group.finished().catch((error: unknown) => (error as PipeModeError).code);
    await group.start();
    expect(fifosBelow(scratch.dest).filter((path) => path.endsWith('_0'))).toHaveLength(20);
    expect((await readFifo(join(scratch.dest, 'c19_0'))).toString()).toBe('content 19');
    if (how === 'stop') await Promise.all([group.stop(), group.stop()]);
    else if (how === 'dispose') await group[Symbol.asyncDispose]();
    else controller.abort();
    expect(await finished).toBe(how === 'abort' ? 'ABORTED' : undefined);
    await group.stop();
    expect(fifosBelow(scratch.dest)).toEqual([]);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('end while they start', async () => {
    const group = createChannels({ dest: scratch.dest, channels });
    const started = rejection(group.start());
    await group.stop();
    expect((await started).code).toBe('ABORTED');
    await group.finished();
    expect(fifosBelow(scratch.dest)).toEqual([]);
  });
});

test('20 channels without a reader hold up neither files nor a channel that has one', async () => {
  scratch.files({ file: noise(1_000_000) });
  const channels = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `idle${i}`,
      { source: scratch.dir, gunzip: i % 2 === 0, recordio: i % 3 === 0 },
    ]),
  );
  await using group = createChannels({ dest: scratch.dest, channels });
  await group.start();
  await using busy = createChannel({ name: 'busy', source: scratch.dir, dest: scratch.dest, epochs: 3 });
  await busy.start();
  // All of this has to come to its end while every one of the twenty waits: the order is what is compared.
  for (let epoch = 0; epoch < 3; epoch++) {
    const [files, streamed] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, () => readFile(scratch.path('file')))),
      readFifo(join(scratch.dest, `busy_${epoch}`)),
    ]);
    const expected = readFileSync(scratch.path('file'));
    expect([...files, streamed].every((bytes) => bytes.equals(expected))).toBe(true);
  }
  await busy.finished();
  expect([...group.channels.values()].map(({ state }) => state)).toEqual(Array(20).fill('waiting'));
  // A child process is served, too.
  const child = spawn('true');
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  expect(existsSync(join(scratch.dest, 'idle0_0'))).toBe(true);
});
