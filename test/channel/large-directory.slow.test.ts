import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type ChannelOptions, createChannel, type PipeModeError } from 'sagemaker-pipe-mode';
import { beforeEach, describe, expect, test } from 'vitest';

import { looksLarge } from '../../src/fifo/splice/looks-large.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';

const scratch = useScratch();

/** So many that the thread that writes them is the one to look at them before the first epoch. */
const COUNT = 3000;
const nameOf = (index: number) => `a-file-with-a-long-name-${String(index).padStart(5, '0')}`;
const names = Array.from({ length: COUNT }, (_, index) => nameOf(index));

const channelOf = (options: Partial<ChannelOptions> = {}) =>
  createChannel({ name: 'train', source: scratch.dir, dest: scratch.dest, epochs: 1, ...options });

/** Why the channel does not start. */
async function startFailure(): Promise<unknown> {
  await using channel = channelOf();
  return await rejection(channel.start());
}

/** Resolves when a further change of the directory would show by its times, so that its listing may be kept. */
async function untilSettled(directory: string): Promise<void> {
  while (Date.now() - statSync(directory).ctimeMs < 1050) await delay(20);
}

describe('a directory of very many names', () => {
  beforeEach(() => {
    // Made apart, so that it is as large as it looks on every file system.
    execFileSync('sh', ['-c', `seq -f '${nameOf(0).slice(0, -5)}%05g' 0 ${COUNT - 1} | xargs touch`], {
      cwd: scratch.dir,
    });
    expect(looksLarge(scratch.dir)).toBe(true);
  });

  test('is listed anew for an epoch if it has changed since it was listed, also if nothing else of it has', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(scratch.path(name), name);
    await untilSettled(scratch.dir);
    await using channel = channelOf({ epochs: 4 });
    await channel.start();
    const read = async (epoch: number) => (await readFifo(join(channel.dest, `train_${epoch}`))).toString();
    expect(await read(0)).toBe('abc');
    expect(await read(1)).toBe('abc');
    renameSync(scratch.path('b'), scratch.path('d'));
    expect(await read(2)).toBe('acb');
    unlinkSync(scratch.path('a'));
    writeFileSync(scratch.path('aa'), 'aa');
    expect(await read(3)).toBe('aacb');
    await channel.finished();
  });

  test('is listed anew for the first epoch if it has changed since start()', async () => {
    await untilSettled(scratch.dir);
    await using channel = channelOf();
    const keys: string[] = [];
    channel.on('object', ({ key }) => keys.push(key));
    await channel.start();
    unlinkSync(scratch.path(nameOf(7)));
    writeFileSync(scratch.path(nameOf(COUNT)), 'x');
    expect((await readFifo(join(channel.dest, 'train_0'))).toString()).toBe('x');
    await channel.finished();
    expect(keys).toEqual([...names.toSpliced(7, 1), nameOf(COUNT)]);
  });

  test.each<[string, () => void, object]>([
    [
      'a link in it that leads nowhere',
      () => symlinkSync('nowhere', scratch.path('link')),
      {
        code: 'SOURCE_UNREADABLE',
        message: expect.stringContaining('/link" cannot be followed (ENOENT)') as string,
      },
    ],
    [
      'a link far below that leads nowhere',
      () => {
        mkdirSync(scratch.path('x/y/z'), { recursive: true });
        symlinkSync('nowhere', scratch.path('x/y/z/link'));
      },
      { code: 'SOURCE_UNREADABLE', message: expect.stringContaining('x/y/z/link" cannot be') as string },
    ],
    [
      'a name that is not UTF-8',
      () => writeFileSync(Buffer.concat([Buffer.from(`${scratch.dir}/a`), Buffer.from([0xff])]), ''),
      { code: 'SOURCE_UNREADABLE', message: expect.stringContaining('is not valid UTF-8') as string },
    ],
  ])('does not start with %s', async (_, spoil, expected) => {
    spoil();
    expect(await startFailure()).toMatchObject(expected);
  });

  test('does not start if there is no file in it, and does if there is one far below', async () => {
    execFileSync('sh', ['-c', 'ls -U | xargs rm && seq -f d%030g 1 3000 | xargs mkdir'], {
      cwd: scratch.dir,
    });
    expect(looksLarge(scratch.dir)).toBe(true);
    symlinkSync('..', scratch.path('up'));
    expect(await startFailure()).toMatchObject({ code: 'SOURCE_EMPTY', path: scratch.dir });
    const below = scratch.path(`d${'2'.padStart(30, '0')}`);
    mkdirSync(join(below, 'below'));
    symlinkSync('/etc/hostname', join(below, 'below', 'link'));
    await using channel = channelOf();
    await channel.start();
    expect((await readFifo(join(channel.dest, 'train_0'))).length).toBe(statSync('/etc/hostname').size);
  });

  test('can be stopped while it is looked at', async () => {
    for (let times = 0; times < 5; times++) {
      const abort = new AbortController();
      const channel = channelOf({ name: `train${times}`, signal: abort.signal });
      const starting = channel.start().then(
        () => 'started',
        (error: unknown) => (error as PipeModeError).code,
      );
      await delay(10 * times); // whatever it is at by then
      if (times % 2 === 0) abort.abort();
      else await channel.stop();
      expect(times === 0 ? ['ABORTED'] : ['ABORTED', 'started']).toContain(await starting);
      await channel.stop();
      await channel.finished().catch(() => undefined);
    }
  });
});
