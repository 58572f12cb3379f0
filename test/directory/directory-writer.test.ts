import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { type ChannelOptions, createChannel } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { DirectoryWriter } from '../../src/directory/directory-writer.js';
import { leaseThreads } from '../../src/workers/threads.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

function newWriter() {
  return new DirectoryWriter({ dest: scratch.dest, name: 'train', mode: 0o644, readOnly: false });
}

const whatIsLeft = () => (existsSync(scratch.dest) ? readdirSync(scratch.dest) : []);

describe('remove()', () => {
  test.each([
    [
      'while the directory is begun',
      async (writer: DirectoryWriter) => {
        writer.create().catch(() => undefined);
      },
    ],
    [
      'when the beginning was given up',
      async (writer: DirectoryWriter) => {
        const created = writer.create();
        created.catch(() => undefined);
        await writer.close();
      },
    ],
    [
      'when it is begun',
      async (writer: DirectoryWriter) => {
        await writer.create();
      },
    ],
    [
      'while a file is written',
      async (writer: DirectoryWriter) => {
        await writer.create();
        const file = await writer.begin({ key: 'a/b', path: 'a/b' });
        void file.append([Buffer.alloc(1_000_000)]).catch(() => undefined);
      },
    ],
    [
      'while it gets its name',
      async (writer: DirectoryWriter) => {
        await writer.create();
        await writer.writeLocal({ key: 'a', path: 'a' }, [Buffer.from('x')]);
        void writer.publish().catch(() => undefined);
      },
    ],
    ['before anything', async () => undefined],
  ])('leaves nothing: %s', async (_when, act) => {
    for (const isThreadKept of [true, false]) {
      const lease = isThreadKept ? leaseThreads() : undefined;
      const writer = newWriter();
      await act(writer);
      await writer.remove();
      expect(whatIsLeft()).toEqual([]);
      await lease?.release();
    }
  });

  test('does it once: afterwards the name may be another one’s', async () => {
    const first = newWriter();
    await first.create();
    await first.remove();
    const second = newWriter();
    await second.create();
    await first.remove();
    expect(whatIsLeft()).toEqual(['.train.sagemaker-pipe-mode']);
    await second.remove();
  });

  test('does not make a dest that somebody has removed', async () => {
    const writer = newWriter();
    await writer.create();
    await writer.publish();
    mkdirSync(scratch.path('elsewhere'));
    renameSync(scratch.dest, scratch.path('elsewhere/dest'));
    await writer.remove();
    expect(existsSync(scratch.dest)).toBe(false);
  });
});

describe('a channel that is stopped at a random moment', () => {
  const options: Pick<ChannelOptions, 'name' | 'inputMode' | 'source'> = {
    name: 'train',
    inputMode: 'File',
    source: [
      { key: 'a', body: 'x' },
      { key: 'b/c', body: 'y' },
    ],
  };

  // Threads run as long as any channel lives, and with a thread that is running already the beginning of a directory takes less than a millisecond.
  test.each([1, 2, 3])('leaves nothing, 100 times (seed %i)', async (seed) => {
    const random = randomFrom(seed);
    const other = createChannel({ ...options, inputMode: 'Pipe', dest: scratch.path('other') });
    await other.start();
    for (let round = 0; round < 100; round++) {
      const channel = createChannel({ ...options, dest: scratch.dest });
      const started = channel.start().catch(() => undefined);
      for (let turns = random() * 30; turns > 0; turns--) await (random() < 0.3 ? setImmediate() : undefined);
      await channel.stop();
      await started;
      expect(whatIsLeft()).toEqual([]);
    }
    await other.stop();
  });
});

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}
