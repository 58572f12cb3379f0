import {
  appendFileSync,
  existsSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type Channel, createChannel, PipeModeError, type Source, type Transform } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { inChunks, noise } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { gone, holderNamedIn } from '../support/holder.js';
import { recordEvents } from '../support/record-events.js';
import { runProgram } from '../support/program.js';
import { replaceWithOldTime, rewriteWithOldTime } from '../support/old-time.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';

const scratch = useScratch();

interface Failed {
  readonly error: PipeModeError;
  /** What the reader got before the failure was known, and after. */
  readonly bytes: Buffer;
  readonly events: readonly string[];
}

/**
 * Reads the channel's only or `epoch`th epoch until the channel fails, proves that the reader is held, and that
 * stop() lets it go.
 */
async function failWhileReading(
  channel: Channel,
  { epoch = 0, at = 0, then = () => {} }: { epoch?: number; at?: number; then?: () => void } = {},
): Promise<Failed> {
  const events = recordEvents(channel);
  await channel.start();
  for (let before = 0; before < epoch; before++) await readFifo(join(channel.dest, `train_${before}`));
  const finished = rejection(channel.finished());
  let error: PipeModeError | undefined;
  void finished.then((reason) => (error = reason));
  using probe = await probeEpoch(channel, epoch);
  const chunks = [await probe.read(at)];
  then();
  while (!error) {
    const { bytes, end } = probe.available();
    chunks.push(bytes);
    expect(end).toBe('held');
    await nextTurn();
  }
  const rest = probe.available();
  expect(rest.end).toBe('held');
  expect(channel.state).toBe('failed');
  expect(channel.stats()).toMatchObject({ state: 'failed', epoch, waitingFor: 'nobody' });
  await channel.stop();
  expect(probe.available()).toEqual({ bytes: Buffer.alloc(0), end: 'closed' });
  expect(await rejection(channel.finished())).toBe(error);
  expect(channel.state).toBe('failed');
  expect(events.filter((line) => line.startsWith('error'))).toEqual([`error ${error.code}`]);
  expect(events.at(-1)).toBe(`error ${error.code}`);
  expect(events.filter((line) => line.startsWith(`epochEnd ${epoch}`))).toEqual([]);
  return { error, bytes: Buffer.concat([...chunks, rest.bytes]), events };
}

describe('a file that does not stay as it was listed', () => {
  const big = noise(5_000_000, 3);
  const path = () => scratch.path('b');
  const changes: [string, string, () => void, string][] = [
    [
      'shrinks',
      'SOURCE_SHRANK',
      () => truncateSync(path(), 4_000_000),
      'shrank while it was streamed: expected 5000000 bytes, found 4000000',
    ],
    ['is emptied', 'SOURCE_SHRANK', () => truncateSync(path(), 0), 'expected 5000000 bytes, found 0'],
    [
      'grows',
      'SOURCE_GREW',
      () => appendFileSync(path(), 'x'),
      'grew while it was streamed: expected 5000000 bytes, found 5000001',
    ],
    [
      'is modified',
      'SOURCE_CHANGED',
      () => utimesSync(path(), 1, 1),
      'was modified between listing and reading',
    ],
  ];

  test.each(changes)('and %s while it is read', async (_what, code, change, message) => {
    scratch.files({ a: 'first', b: big, c: 'last' });
    for (const options of [{}, { recordio: true }]) {
      writeFileSync(path(), big);
      await using channel = createChannel({
        name: 'train',
        source: scratch.dir,
        dest: scratch.dest,
        ...options,
      });
      const { error, bytes } = await failWhileReading(channel, { at: 100_000, then: change });
      expect(error).toMatchObject({ code, key: 'b', path: path(), channel: 'train', epoch: 0 });
      expect(error.message).toContain(message);
      expect(error.message).toMatch(/^Channel "train", epoch 0: /);
      expect(bytes.includes('last')).toBe(false);
    }
  });

  // The last object is opened when everything before is in the pipe; so this comes between listing and reading.
  const between: [string, string, () => void][] = [
    ['vanishes', 'SOURCE_VANISHED', () => rmSync(path())],
    ['shrinks', 'SOURCE_SHRANK', () => truncateSync(path(), 10)],
    ['grows', 'SOURCE_GREW', () => appendFileSync(path(), 'more')],
    ['is modified', 'SOURCE_CHANGED', () => utimesSync(path(), 1, 1)],
    [
      'is replaced',
      'SOURCE_CHANGED',
      () => {
        writeFileSync(scratch.path('new'), noise(70_000, 9));
        utimesSync(scratch.path('new'), 1, 1);
        renameSync(scratch.path('new'), path());
      },
    ],
    ['is written again with its old time', 'SOURCE_CHANGED', () => rewriteWithOldTime(path())],
    ['is replaced by one of the same size and time', 'SOURCE_CHANGED', () => replaceWithOldTime(path())],
  ];

  describe.each([
    [70_000, {}],
    [100, {}],
    [3_000_000, {}],
    [70_000, { recordio: true }],
  ])('%i bytes, %j', (size, options) => {
    test.each(between)('and %s between listing and reading', async (what, code, change) => {
      scratch.files({ a: noise(4_000_000), b: noise(size) });
      if (what === 'is replaced' && size !== 70_000) writeFileSync(path(), noise(70_000)); // the same size as its successor
      await using channel = createChannel({
        name: 'train',
        source: scratch.dir,
        dest: scratch.dest,
        ...options,
      });
      const { error, bytes } = await failWhileReading(channel, { at: 1_000_000, then: change });
      expect(error).toMatchObject({ code, key: 'b', path: path(), channel: 'train', epoch: 0 });
      expect(bytes.length).toBeLessThan(4_000_000 + size + 16);
    });
  });

  test.each(['vanishes', 'grows'])('an empty one that %s is not reported as sent', async (what) => {
    scratch.files({ a: noise(4_000_000), b: '' });
    await using channel = createChannel({ name: 'train', source: scratch.dir, dest: scratch.dest });
    const { error, events } = await failWhileReading(channel, {
      at: 1_000_000,
      then: () => {
        if (what === 'grows') writeFileSync(path(), 'x');
        else rmSync(path());
      },
    });
    expect(error).toMatchObject({ code: what === 'grows' ? 'SOURCE_GREW' : 'SOURCE_VANISHED', key: 'b' });
    // The end of what comes before may be held back with it.
    expect(events.filter((line) => line !== 'object 0 a 4000000')).toEqual([
      'epochStart 0',
      `error ${error.code}`,
    ]);
  });

  test('and is inflated', async () => {
    const { gzipSync } = await import('node:zlib');
    scratch.files({ b: gzipSync(noise(20_000_000)) });
    await using channel = createChannel({
      name: 'train',
      source: scratch.dir,
      dest: scratch.dest,
      gunzip: true,
      prefetchBytes: 1024 * 1024,
    });
    const { error } = await failWhileReading(channel, {
      at: 100_000,
      then: () => appendFileSync(path(), 'x'),
    });
    expect(error).toMatchObject({ code: 'SOURCE_GREW', key: 'b', path: path() });
  });

  test('in a later epoch, after others that were complete', async () => {
    scratch.files({ a: noise(4_000_000) });
    await using channel = createChannel({ name: 'train', source: scratch.dir, dest: scratch.dest });
    const { error, events } = await failWhileReading(channel, {
      epoch: 2,
      at: 10,
      then: () => truncateSync(scratch.path('a'), 3_000_000),
    });
    expect(error).toMatchObject({
      code: 'SOURCE_SHRANK',
      epoch: 2,
      message: expect.stringContaining('epoch 2'),
    });
    expect(events.filter((line) => line.startsWith('epochEnd'))).toEqual([
      'epochEnd 0 4000000 1 complete',
      'epochEnd 1 4000000 1 complete',
    ]);
  });

  test('and vanishes with all others', async () => {
    scratch.files({ 'sub/a': noise(10) });
    await using channel = createChannel({ name: 'train', source: scratch.path('sub'), dest: scratch.dest });
    const { error } = await failWhileReading(channel, { epoch: 0, at: 0, ...removeAfterStart(channel) });
    expect(error).toMatchObject({
      code: expect.stringMatching(/^SOURCE_(EMPTY|NOT_FOUND|VANISHED)$/),
      channel: 'train',
    });
  });

  /** Removes the data as soon as the channel has started, before its reader comes. */
  function removeAfterStart(channel: Channel): object {
    const start = channel.start.bind(channel);
    channel.start = async () => {
      await start();
      rmSync(scratch.path('sub'), { recursive: true });
    };
    return {};
  }
});

describe('a source or transform that fails', () => {
  const broken = () => new Error('broken on purpose');
  const body = (bytes: Uint8Array, error?: unknown) =>
    async function* () {
      yield* inChunks(bytes, [1000]);
      if (error !== undefined) throw error as Error; // or whatever else some source throws
    };
  const object = (key: string, error?: unknown) => ({ key, open: body(noise(5000), error) });
  const one = (more: object): Source => ({ objects: () => [{ ...object('a'), ...more }] });
  const throwing = () => {
    throw broken();
  };
  const passing: Transform = (it) => it;

  const failures: [
    string,
    object,
    { code: string; key?: string | undefined; message: string; length?: number },
  ][] = [
    [
      'its list',
      { source: { objects: throwing } },
      { code: 'SOURCE_FAILED', message: 'Listing the source failed: broken on purpose' },
    ],
    [
      'its list, after an object',
      {
        source: {
          async *objects() {
            yield object('a');
            throw broken();
          },
        },
      },
      { code: 'SOURCE_FAILED', message: 'Listing the source failed: broken on purpose', length: 5000 },
    ],
    [
      'a list that is none',
      { source: { objects: () => undefined } },
      { code: 'SOURCE_FAILED', message: 'Listing the source failed' },
    ],
    [
      'an object that is none',
      { source: { objects: () => [7] } },
      { code: 'SOURCE_FAILED', message: 'got `7` (number)' },
    ],
    [
      'no object at all',
      { source: { objects: () => [undefined] } },
      { code: 'SOURCE_FAILED', message: 'got `undefined`' },
    ],
    [
      'an object without a key',
      { source: one({ key: undefined }) },
      { code: 'SOURCE_FAILED', message: 'with a `key`' },
    ],
    [
      'an object without open',
      { source: one({ open: 1 }) },
      { code: 'SOURCE_FAILED', message: 'and an `open()`' },
    ],
    [
      'open',
      { source: one({ open: throwing }) },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a": broken on purpose' },
    ],
    [
      'open, below a transform',
      { source: one({ open: throwing }), transforms: [passing] },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a": broken on purpose' },
    ],
    [
      'open, below RecordIO of a size',
      { source: one({ open: throwing, size: 5 }), recordio: true },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a": broken on purpose' },
    ],
    [
      'open, below gunzip',
      { source: one({ open: throwing }), gunzip: true },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a": broken on purpose' },
    ],
    [
      'open that gives nothing',
      { source: one({ open: () => undefined }) },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a"' },
    ],
    [
      'a body that is no iterable',
      { source: one({ open: () => ({}) }) },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a"' },
    ],
    [
      'a body, in its middle',
      { source: { objects: () => [object('a', broken())] } },
      { code: 'SOURCE_FAILED', key: 'a', message: 'Reading failed for "a": broken on purpose', length: 5000 },
    ],
    [
      'a body, below a transform',
      { source: { objects: () => [object('a', broken())] }, transforms: [passing], recordio: true },
      { code: 'SOURCE_FAILED', key: 'a', message: '"a": broken on purpose' },
    ],
    [
      'a body that throws no Error',
      { source: { objects: () => [object('a', 'a string')] } },
      { code: 'SOURCE_FAILED', key: 'a', message: 'a string', length: 5000 },
    ],
    [
      'a body of strings',
      {
        source: one({
          open: async function* () {
            yield 'text';
          },
        }),
      },
      { code: 'SOURCE_FAILED', key: 'a', message: "yield bytes, got `'text'` (string)" },
    ],
    [
      'a body of strings, below RecordIO',
      {
        source: one({
          open: async function* () {
            yield 'text';
          },
        }),
        recordio: true,
      },
      { code: 'SOURCE_FAILED', key: 'a', message: "yield bytes, got `'text'` (string)", length: 8 },
    ],
    [
      'an error of ours',
      { source: { objects: () => [object('a', new PipeModeError('READ_TIMEOUT', 'too slow'))] } },
      { code: 'READ_TIMEOUT', key: 'a', message: 'too slow', length: 5000 },
    ],
    [
      'a transform',
      { source: one({}), transforms: [throwing] },
      { code: 'TRANSFORM_FAILED', key: 'a', message: '"a": broken on purpose' },
    ],
    [
      'a transform that gives nothing',
      { source: one({}), transforms: [() => undefined] },
      { code: 'TRANSFORM_FAILED', key: 'a', message: '"a"' },
    ],
    [
      'a transform’s body, in its middle',
      {
        source: one({}),
        transforms: [
          (it: { key: string; open(context: unknown): AsyncIterable<Uint8Array> }) => ({
            key: it.key,
            async *open(context: unknown) {
              yield* it.open(context);
              throw broken();
            },
          }),
        ],
      },
      {
        code: 'TRANSFORM_FAILED',
        key: 'a',
        message: 'Reading failed for "a": broken on purpose',
        length: 5000,
      },
    ],
    [
      'no object in an epoch',
      { source: { description: 'my source', objects: () => [] } },
      { code: 'SOURCE_EMPTY', message: 'my source listed no object in epoch 0' },
    ],
  ];

  test.each(failures)('%s', async (_what, options, { code, key, message, length }) => {
    await using channel = createChannel({ name: 'train', dest: scratch.dest, ...options } as never);
    const { error, bytes } = await failWhileReading(channel);
    expect(error).toMatchObject({ code, key, channel: 'train', epoch: 0 });
    expect(error.message).toMatch(/^Channel "train", epoch 0: /);
    expect(error.message).toContain(message);
    if (error.message.endsWith('broken on purpose'))
      expect(error.cause).toEqual(new Error('broken on purpose'));
    expect(bytes.length).toBe(length ?? 0);
  });

  test('an object that fails is told after those before it, which are whole', async () => {
    await using channel = createChannel({
      name: 'train',
      source: { objects: () => [object('a'), object('b'), object('c', broken()), object('d')] },
      dest: scratch.dest,
    });
    const { error, bytes, events } = await failWhileReading(channel);
    expect(error).toMatchObject({ key: 'c' });
    expect(bytes.length).toBe(15_000);
    expect(events).toEqual(['epochStart 0', 'object 0 a 5000', 'object 0 b 5000', 'error SOURCE_FAILED']);
  });

  test.each([
    ['not gzip', { gunzip: true }, 'GZIP_INVALID'],
    ['no bytes', {}, 'SOURCE_FAILED'],
  ])('a body that cannot be left does not hide that it is %s', async (_what, options, code) => {
    const body = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: code === 'GZIP_INVALID' ? noise(1000) : 'text' }),
        return: () => new Promise<never>(() => {}),
      }),
    });
    const source = [{ key: 'a', body }] as never;
    await using channel = createChannel({ name: 'train', dest: scratch.dest, source, ...options });
    const { error } = await failWhileReading(channel);
    expect(error).toMatchObject({ code, key: 'a' });
  });

  test('objects and sources may be instances of classes', async () => {
    class Item {
      readonly #text: string;
      constructor(text: string) {
        this.#text = text;
      }
      get key() {
        return this.#text;
      }
      get size() {
        return this.#text.length;
      }
      async *open() {
        yield Buffer.from(this.#text);
      }
    }
    class Items implements Source {
      readonly #texts = ['one', 'two'];
      *objects() {
        for (const text of this.#texts) yield new Item(text);
      }
    }
    for (const transforms of [[], [(it: Item) => it as never]] as never[]) {
      await using channel = createChannel({
        name: 'train',
        source: new Items(),
        dest: scratch.dest,
        transforms,
        epochs: 1,
      });
      await channel.start();
      expect((await readFifo(join(channel.dest, 'train_0'))).toString()).toBe('onetwo');
      await channel.finished();
    }
  });
});

describe('a channel that has failed', () => {
  const broken: Source = {
    objects: () => {
      throw new Error('broken on purpose');
    },
  };

  test('lets go of everything but its FIFOs, and ends by its signal', async () => {
    const controller = new AbortController();
    const channel = createChannel({
      name: 'train',
      source: broken,
      dest: scratch.dest,
      signal: controller.signal,
    });
    const finished = rejection(channel.finished());
    await channel.start();
    using probe = new FifoProbe(join(channel.dest, 'train_0'));
    const error = await finished;
    expect(probe.available().end).toBe('held');
    controller.abort();
    await channel.stop();
    expect(probe.available().end).toBe('closed');
    expect(await rejection(channel.finished())).toBe(error);
  });

  test('holds back the reader of an epoch whose next FIFO cannot be made', async () => {
    scratch.files({ 'fifos/train_1': 'not a FIFO' });
    await using channel = createChannel({ name: 'train', source: broken, dest: scratch.path('fifos') });
    const finished = rejection(channel.finished());
    await channel.start();
    expect(await finished).toMatchObject({
      code: 'NOT_A_FIFO',
      path: scratch.path('fifos', 'train_1'),
      epoch: 0,
    });
    await channel.stop();
  });

  test('fails if somebody removes its FIFOs', async () => {
    await using channel = createChannel({
      name: 'train',
      source: [{ key: 'a', body: 'a' }],
      dest: scratch.dest,
    });
    const finished = rejection(channel.finished());
    await channel.start();
    while (!existsSync(join(channel.dest, 'train_1'))) await nextTurn();
    rmSync(scratch.dest, { recursive: true });
    expect(await finished).toMatchObject({ code: 'FIFO_REPLACED', channel: 'train', epoch: 0 });
  });

  const program = (rest: string) =>
    runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       import { spawn } from 'node:child_process';
       const channel = createChannel({
         name: 'train', dest: process.argv[1], source: { objects() { throw new Error('broken on purpose'); } },
       });
       ${rest}
       await channel.start();
       const reader = spawn('cat', [process.argv[1] + '/train_0'], { stdio: 'ignore' });
       console.log(reader.pid);`,
      { args: [scratch.dest] },
    );

  test('without a listener and without finished() is thrown', async () => {
    const { code, stderr, lines } = await program('');
    expect(code).toBe(1);
    expect(stderr).toContain('Channel "train", epoch 0: Listing the source failed: broken on purpose');
    expect(stderr).toContain("code: 'SOURCE_FAILED'");
    // It still waits: the end of the process is not the end of its data.
    const reader = Number(lines[0]);
    expect(existsSync(`/proc/${reader}`)).toBe(true);
    process.kill(reader, 'SIGKILL');
    await gone(holderNamedIn(stderr));
  });

  test('without a listener lets a process that handles exceptions go on, with its reader held', async () => {
    const { code, lines, stderr } = await program(
      `process.on('uncaughtException', ({ code }) => { console.log(code); void channel.stop(); });`,
    );
    expect([code, lines.slice(1), stderr]).toEqual([0, ['SOURCE_FAILED'], '']);
  });

  test('is not thrown if somebody listens, or waits for finished()', async () => {
    const heard = await program(
      `channel.on('error', ({ code }) => { console.log(code); void channel.stop(); });`,
    );
    expect([heard.code, heard.lines.slice(1), heard.stderr]).toEqual([0, ['SOURCE_FAILED'], '']);
    const awaited = await program(
      `channel.finished().catch(({ code }) => { console.log(code); void channel.stop(); });`,
    );
    expect([awaited.code, awaited.lines.slice(1), awaited.stderr]).toEqual([0, ['SOURCE_FAILED'], '']);
  });
});
