import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type Channel, createChannel, type Source } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { recordEvents, next } from '../support/record-events.js';
import { expectNothingLeft, fifosBelow, leftSince, snapshot } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';

const scratch = useScratch();

const content = { a: noise(2_000_001, 1), b: noise(10, 2) };

/** Ways to bring a channel into a state, and the state. Those that have a reader leave it to the caller to close. */
const moments: [string, (channel: Channel) => Promise<FifoProbe | undefined>][] = [
  ['idle', async () => undefined],
  [
    'starting',
    async (channel) => {
      channel.start().catch(() => undefined);
      return undefined;
    },
  ],
  [
    'waiting',
    async (channel) => {
      await channel.start();
      return undefined;
    },
  ],
  [
    'streaming, at its beginning',
    async (channel) => {
      await channel.start();
      const probe = await probeEpoch(channel);
      return probe;
    },
  ],
  [
    'streaming, in the middle',
    async (channel) => {
      await channel.start();
      const probe = await probeEpoch(channel);
      await probe.read(1_000_000);
      return probe;
    },
  ],
  [
    'between two epochs',
    async (channel) => {
      await channel.start();
      const ended = next(channel, 'epochEnd');
      await readFifo(join(channel.dest, 'train_0'), { closeAfter: 1 });
      await ended;
      return undefined;
    },
  ],
  [
    'waiting for the second epoch',
    async (channel) => {
      await channel.start();
      await readFifo(join(channel.dest, 'train_0'));
      return undefined;
    },
  ],
];

const variants: [string, object][] = [
  ['raw', {}],
  ['RecordIO', { recordio: true }],
  ['a transform', { transforms: [(object: object) => object] }],
];

describe.each(variants)('%s', (_variant, options) => {
  describe.each(moments)('a channel that is %s', (_moment, reach) => {
    const make = (more: object = {}) =>
      createChannel({
        name: 'train',
        source: scratch.files(content),
        dest: scratch.dest,
        ...options,
        ...more,
      });

    test('ends by stop(), twice at once and once more', async () => {
      const before = snapshot();
      const channel = make();
      const events = recordEvents(channel);
      const finished = channel.finished();
      using probe = await reach(channel);
      await Promise.all([channel.stop(), channel.stop()]);
      expect(fifosBelow(scratch.dest)).toEqual([]);
      expect(channel.state).toBe('stopped');
      await finished;
      await channel.stop();
      expect(events.filter((line) => line === 'stop')).toHaveLength(1);
      expect(events.at(-1)).toBe('stop');
      await probe?.rest();
      probe?.close();
      await expectNothingLeft(before);
      expect((await rejection(channel.start())).code).toBe('INVALID_STATE');
    });

    test('ends by its signal', async () => {
      const before = snapshot();
      const controller = new AbortController();
      const channel = make({ signal: controller.signal });
      const events = recordEvents(channel);
      const finished = rejection(channel.finished());
      using probe = await reach(channel);
      const reason = new Error('enough');
      controller.abort(reason);
      const error = await finished;
      expect(error).toMatchObject({ code: 'ABORTED', channel: 'train', cause: reason });
      // When that is known, nothing is left.
      expect([channel.state, fifosBelow(scratch.dest)]).toEqual(['stopped', []]);
      await probe?.rest();
      probe?.close();
      await expectNothingLeft(before);
      await channel.stop();
      expect(events.at(-1)).toBe('stop');
      expect((await rejection(channel.start())).code).toBe('ABORTED');
    });

    test('ends by leaving the scope of `await using`', async () => {
      const before = snapshot();
      let probe: FifoProbe | undefined;
      let finished: Promise<void>;
      {
        await using channel = make();
        finished = channel.finished();
        probe = await reach(channel);
      }
      expect(leftSince(before, scratch.dest).filter((thing) => thing.startsWith('FIFO'))).toEqual([]);
      await finished;
      await probe?.rest();
      probe?.close();
    });
  });
});

test('an aborted signal keeps a channel from starting', async () => {
  const channel = createChannel({
    name: 'train',
    source: scratch.files(content),
    dest: scratch.dest,
    signal: AbortSignal.abort(new Error('too late')),
  });
  expect(await rejection(channel.start())).toMatchObject({ code: 'ABORTED', cause: new Error('too late') });
  expect(await rejection(channel.finished())).toMatchObject({ code: 'ABORTED' });
  expect(channel.state).toBe('stopped');
});

test('an abort after stop() has been called changes nothing', async () => {
  const controller = new AbortController();
  const channel = createChannel({
    name: 'train',
    source: scratch.files(content),
    dest: scratch.dest,
    signal: controller.signal,
  });
  await channel.start();
  const stopping = channel.stop();
  controller.abort();
  await stopping;
  await channel.finished();
});

test('a channel starts once', async () => {
  await using channel = createChannel({ name: 'train', source: scratch.files(content), dest: scratch.dest });
  const [first, second] = await Promise.allSettled([channel.start(), channel.start()]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({ reason: { code: 'INVALID_STATE', channel: 'train' } });
  expect(await rejection(channel.start())).toMatchObject({
    message: expect.stringContaining('it is waiting'),
  });
  expect(channel.state).toBe('waiting');
});

test('stop() in a listener of every event', async () => {
  for (const event of ['epochStart', 'object', 'epochEnd'] as const) {
    const channel = createChannel({
      name: 'train',
      source: scratch.files(content),
      dest: scratch.dest,
      epochs: 2,
    });
    let stopped: Promise<void> | undefined;
    channel.on(event, () => {
      stopped ??= channel.stop();
    });
    await channel.start();
    await readFifo(join(channel.dest, 'train_0'));
    await channel.finished();
    await stopped;
    expect(channel.state).toBe('stopped');
    expect(fifosBelow(scratch.dest)).toEqual([]);
  }
});

test('stop() in a listener of the last epochEnd', async () => {
  const channel = createChannel({
    name: 'train',
    source: scratch.files(content),
    dest: scratch.dest,
    epochs: 1,
  });
  const events = recordEvents(channel);
  let stopped: Promise<void> | undefined;
  channel.on('epochEnd', () => {
    stopped = channel.stop();
  });
  await channel.start();
  await readFifo(join(channel.dest, 'train_0'));
  await channel.finished();
  await stopped;
  expect(events.at(-1)).toBe(channel.state === 'stopped' ? 'stop' : 'epochEnd 0 2000011 2 complete');
});

describe('a source that never answers', () => {
  const never = () => new Promise<never>(() => undefined);
  const hanging: [string, Source][] = [
    ['check', { check: never, objects: () => [] }],
    [
      'listing',
      {
        async *objects() {
          yield await never();
        },
      },
    ],
    [
      'body',
      {
        objects: () => [
          {
            key: 'a',
            async *open() {
              yield await never();
            },
          },
        ],
      },
    ],
    [
      'end of a body',
      {
        objects: () => [
          {
            key: 'a',
            async *open() {
              try {
                yield Buffer.from('a');
                await never();
              } finally {
                await never();
              }
            },
          },
        ],
      },
    ],
  ];

  test.each(hanging)('in its %s does not keep stop() waiting', async (where, source) => {
    for (const options of [{}, { recordio: true }, { gunzip: true }]) {
      const channel = createChannel({ name: 'train', source, dest: scratch.dest, ...options });
      const starting = channel.start();
      if (where === 'check') {
        const started = rejection(starting);
        await channel.stop();
        expect((await started).code).toBe('ABORTED');
      } else {
        await starting;
        using probe = await probeEpoch(channel);
        await channel.stop();
        await probe.rest();
      }
      expect([channel.state, fifosBelow(scratch.dest)]).toEqual(['stopped', []]);
      await channel.finished();
    }
  });
});

describe('a source’s close()', () => {
  const closing = (close: () => void | Promise<void>): Source => ({
    objects: () => [
      {
        key: 'a',
        size: 1,
        open: async function* () {
          yield Buffer.from('a');
        },
      },
    ],
    close,
  });

  test.each(['finished', 'stopped', 'failed', 'not started'] as const)(
    'is called once by a channel that is %s',
    async (how) => {
      let calls = 0;
      const source = closing(() => {
        calls++;
      });
      if (how === 'not started') scratch.files({ file: '' });
      const dest = how === 'not started' ? scratch.path('file') : scratch.dest;
      const transforms =
        how === 'failed'
          ? [
              () => {
                throw new Error('broken');
              },
            ]
          : [];
      const channel = createChannel({ name: 'train', source, dest, epochs: 1, transforms });
      channel.on('error', () => undefined);
      const start = channel.start();
      if (how === 'not started') expect((await rejection(start)).code).toBe('DEST_NOT_A_DIRECTORY');
      else await start;
      if (how === 'finished') await readFifo(join(channel.dest, 'train_0'));
      if (how === 'failed') {
        const failed = next(channel, 'error');
        using _probe = new FifoProbe(join(channel.dest, 'train_0'));
        await failed;
      }
      if (how !== 'stopped') await channel.finished().catch(() => undefined);
      await channel.stop();
      await channel.stop();
      expect(calls).toBe(1);
    },
  );

  test('that throws is the channel’s failure, and nothing else stays behind', async () => {
    const source = closing(() => {
      throw new Error('cannot let go');
    });
    const channel = createChannel({ name: 'train', source, dest: scratch.dest, epochs: 1 });
    await channel.start();
    const finished = rejection(channel.finished());
    expect((await readFifo(join(channel.dest, 'train_0'))).toString()).toBe('a');
    expect(await finished).toMatchObject({
      code: 'SOURCE_FAILED',
      channel: 'train',
      message: expect.stringContaining('cannot let go'),
    });
    expect(channel.state).toBe('failed');
    await channel.stop();
  });

  test('that throws does not keep stop() from its work', async () => {
    const source = closing(() => {
      throw new Error('cannot let go');
    });
    const channel = createChannel({ name: 'train', source, dest: scratch.dest });
    await channel.start();
    expect(await rejection(channel.stop())).toMatchObject({ code: 'SOURCE_FAILED', channel: 'train' });
    expect([channel.state, fifosBelow(scratch.dest)]).toEqual(['stopped', []]);
    await channel.finished();
  });

  test('that rejects leaves no timer behind', async () => {
    const source = closing(() => Promise.reject(new Error('cannot let go')));
    const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const before = timers();
    const channel = createChannel({ name: 'train', source, dest: scratch.dest });
    await channel.start();
    expect((await rejection(channel.stop())).message).toContain('cannot let go');
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

test('stop() at any moment of the beginning of a File channel leaves nothing', async () => {
  const sources: (string | Source | { key: string; body: string }[])[] = [
    [{ key: 'a', body: 'a' }],
    {
      async *objects() {
        for (let i = 0; i < 3; i++) {
          await nextTurn();
          yield {
            key: String(i),
            open: async function* () {
              yield Buffer.from('x');
            },
          };
        }
      },
    },
  ];
  const file = (name: string, source: string | Source | { key: string; body: string }[], dest: string) =>
    createChannel({ name, source, dest, inputMode: 'File' });
  // Keeps the threads alive, so that they answer in the middle of all this.
  await using keeper = createChannel({
    name: 'keeper',
    source: [{ key: 'a', body: 'a' }],
    dest: scratch.dest,
  });
  await keeper.start();
  for (const source of sources) {
    for (let turns = 0; turns < 12; turns++) {
      const dest = scratch.path('files');
      const channel = file('train', source, dest);
      const starting = channel.start().catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      await channel.stop();
      await starting;
      // By the time that this one is there, the thread has done all that it was asked to do before.
      await using after = file('after', [{ key: 'a', body: 'a' }], scratch.path('kept'));
      await after.start();
      expect(existsSync(dest) ? readdirSync(dest) : []).toEqual([]);
    }
  }
});
