import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import fc from 'fast-check';
import { type ChannelOptions, createChannel, fileSource, type PipeModeError } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { filesToWrite } from '../../src/delivery/files-below-writer.js';
import { fileSource as fileSourceOfSrc } from '../../src/source/file/file.js';
import { shuffled } from '../../src/source/shuffled.js';
import { gunzip } from '../../src/transform/gunzip.js';
import { recordio } from '../../src/transform/recordio.js';
import { noise, sha256 } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { recordEvents, next } from '../support/record-events.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';

const scratch = useScratch();

/** The two ways to write the files of a directory: by a thread that lists them, and as any other source. */
const ways = {
  'listed by the thread that writes': () => fileSource(scratch.dir),
  'listed for the channel': () => ({ ...fileSource(scratch.dir) }),
};
type Way = keyof typeof ways;

async function stream(way: Way, options: Partial<ChannelOptions> = {}): Promise<string[]> {
  await using channel = createChannel({
    name: 'train',
    source: ways[way](),
    dest: scratch.dest,
    epochs: 2,
    ...options,
  });
  const events = recordEvents(channel);
  await channel.start();
  for (const epoch of [0, 1]) events.push(sha256(await readFifo(join(scratch.dest, `train_${epoch}`))));
  await channel.finished();
  return events.sort();
}

async function failure(
  way: Way,
  whenStarted = () => {},
): Promise<{ error: PipeModeError; events: string[] }> {
  await using channel = createChannel({ name: 'train', source: ways[way](), dest: scratch.dest, epochs: 1 });
  const events = recordEvents(channel);
  const finished = rejection(channel.finished());
  const started = next(channel, 'epochStart');
  await channel.start();
  whenStarted();
  using probe = new FifoProbe(join(scratch.dest, 'train_0'));
  await started;
  let error: PipeModeError | undefined;
  void finished.then((reason) => (error = reason));
  while (!error) {
    expect(probe.available().end).toBe('held');
    await nextTurn();
  }
  expect(probe.available().end).toBe('held');
  return { error, events };
}

describe('a plain directory', () => {
  test('is listed by the thread that writes, as it is or as RecordIO, and nothing else is', () => {
    const root = scratch.files({ a: 'a' });
    const source = fileSourceOfSrc(root);
    expect(filesToWrite(source, [])).toEqual({ root, isRecordIO: false });
    expect(filesToWrite(source, [recordio()])).toEqual({ root, isRecordIO: true });
    expect(filesToWrite(source, [gunzip()])).toBeUndefined();
    expect(filesToWrite(source, [(object) => object, recordio()])).toBeUndefined();
    expect(filesToWrite(shuffled(source, { seed: 1 }), [])).toBeUndefined();
    expect(filesToWrite({ ...source, objects: () => [] }, [])).toBeUndefined();
    expect(filesToWrite(Object.assign(source, { objects: () => [] }), [])).toBeUndefined();
  });

  test('is the same bytes and the same events either way', async () => {
    const size = fc.constantFrom(0, 1, 3, 1000, 65_535, 65_536, 65_537, 200_000, 262_144, 300_001, 1_500_000);
    const name = fc.constantFrom('a', 'a-', 'a/b', 'a/c', 'a0', 'b/é/x', 'b/\u{1F600}', 'b/\uFFEE', 'z');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, size, { minKeys: 1 }), fc.boolean(), async (tree, isRecordIO) => {
        rmSync(scratch.dir, { recursive: true });
        mkdirSync(scratch.dir);
        const names = Object.keys(tree).filter((it) => it !== 'a' || !('a/b' in tree || 'a/c' in tree));
        scratch.files(Object.fromEntries(names.map((it, index) => [it, noise(tree[it]!, index + 1)])));
        mkdirSync(scratch.path('empty'));
        execFileSync('mkfifo', [scratch.path('special')]);
        symlinkSync('..', scratch.path('empty', 'up'));
        symlinkSync(names[0]!, scratch.path('link'));
        const options = { recordio: isRecordIO };
        expect(await stream('listed by the thread that writes', options)).toEqual(
          await stream('listed for the channel', options),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('of many files in many directories is the same either way', async () => {
    const files: Record<string, Buffer> = {};
    for (let index = 0; index < 5000; index++) files[`d${index % 7}/f${index}`] = noise(index % 300, index);
    scratch.files(files);
    expect(await stream('listed by the thread that writes')).toEqual(await stream('listed for the channel'));
  });

  test.each([false, true])(
    'of so many files that two threads read them is the same, RecordIO %j',
    async (recordio) => {
      const files: Record<string, Buffer> = {};
      for (let index = 0; index < 4000; index++) {
        const length =
          index % 411 === 0 ? 300_000 : index % 97 === 0 ? 66_000 : index % 5 === 0 ? 0 : (index * 37) % 3000;
        files[`f${index}`] = noise(length, index);
      }
      scratch.files(files);
      for (let index = 0; index < 4000; index += 50)
        symlinkSync(`f${index + 1}`, scratch.path(`f${index}-link`));
      const listedByThread = await stream('listed by the thread that writes', { recordio });
      expect(listedByThread).toEqual(await stream('listed for the channel', { recordio }));
      expect(listedByThread).toHaveLength(2 * (4080 + 3));
    },
  );

  describe.each(Object.keys(ways) as Way[])('%s', (way) => {
    test('fails with the path of a link that cannot be followed, when everything before is sent', async () => {
      scratch.files({ a: 'a', b: 'b' });
      symlinkSync('b', scratch.path('link'));
      const { error, events } = await failure(way, () => unlinkSync(scratch.path('b')));
      expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', path: scratch.path('link'), epoch: 0 });
      expect(error.key).toBeUndefined();
      expect(events.filter((line) => line.startsWith('object')).length).toBeLessThan(2);
    });

    test('fails if nothing is left of it', async () => {
      scratch.files({ a: 'a' });
      const { error, events } = await failure(way, () => unlinkSync(scratch.path('a')));
      expect(error).toMatchObject({ code: 'SOURCE_EMPTY', epoch: 0 });
      expect(events).toEqual(['epochStart 0', 'error SOURCE_EMPTY']);
    });

    test('fails if it is gone', async () => {
      scratch.files({ a: 'a' });
      const { error } = await failure(way, () => rmSync(scratch.dir, { recursive: true }));
      expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', path: scratch.dir, epoch: 0 });
      mkdirSync(scratch.dir);
    });

    test('names the file that becomes something else', async () => {
      scratch.files({ a: noise(3_000_000), b: 'b' });
      const { error } = await failureLater(way, () => {
        unlinkSync(scratch.path('b'));
        execFileSync('mkfifo', [scratch.path('b')]);
      });
      expect(error).toMatchObject({ code: expect.stringMatching(/^SOURCE_/) as string, key: 'b' });
    });

    test('tells of every object that was sent when its reader leaves early', async () => {
      scratch.files(
        Object.fromEntries(Array.from('abcdefgh').map((it, index) => [it, noise(700_000, index + 1)])),
      );
      await using channel = createChannel({
        name: 'train',
        source: ways[way](),
        dest: scratch.dest,
        epochs: 1,
      });
      const events = recordEvents(channel);
      await channel.start();
      await readFifo(join(scratch.dest, 'train_0'), { closeAfter: 3_000_000 });
      await channel.finished();
      const ended = events.at(-1)!.split(' ');
      expect(ended[4]).toBe('closedEarly');
      const whole = Math.floor(Number(ended[2]) / 700_000);
      expect(events.slice(1, -1)).toEqual(
        Array.from('abcdefgh')
          .slice(0, whole)
          .map((it) => `object 0 ${it} 700000`),
      );
    });

    test('can be stopped at any moment', async () => {
      const files: Record<string, string> = {};
      for (let index = 0; index < 3000; index++) files[`f${index}`] = 'x'.repeat(1000);
      scratch.files(files);
      for (const turns of [0, 1, 2, 5, 20, 100]) {
        const channel = createChannel({ name: 'train', source: ways[way](), dest: scratch.dest });
        await channel.start();
        using probe = await probeEpoch(channel);
        for (let turn = 0; turn < turns; turn++) await nextTurn();
        await channel.stop();
        probe.available();
        expect(probe.available().end).toBe('closed');
      }
    });
  });
});

/** What a change leads to that comes when the first bytes are read. */
async function failureLater(way: Way, then: () => void): Promise<{ error: PipeModeError }> {
  await using channel = createChannel({ name: 'train', source: ways[way](), dest: scratch.dest, epochs: 1 });
  const finished = rejection(channel.finished());
  await channel.start();
  using probe = await probeEpoch(channel);
  await probe.read(10);
  then();
  let error: PipeModeError | undefined;
  void finished.then((reason) => (error = reason));
  while (!error) {
    expect(probe.available().end).toBe('held');
    await nextTurn();
  }
  return { error };
}

describe('stats() tell whom it waits for', () => {
  test('the source, while files are listed that give the reader nothing', async () => {
    scratch.files(Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`f${index}`, ''])));
    await using channel = createChannel({
      name: 'train',
      source: fileSource(scratch.dir),
      dest: scratch.dest,
      epochs: 1,
      zeroCopy: true, // without it nobody knows whether the pipe is full
    });
    const started = next(channel, 'epochStart');
    await channel.start();
    using _ = new FifoProbe(join(scratch.dest, 'train_0'));
    await started;
    const seen = new Set<string>();
    while (channel.state === 'streaming') {
      seen.add(channel.stats().waitingFor);
      await nextTurn();
    }
    expect(seen).toContain('source');
  });

  test('the reader, while the pipe is full, and while its last bytes are unread', async () => {
    scratch.files({ a: noise(3_000_000) });
    await using channel = createChannel({
      name: 'train',
      source: fileSource(scratch.dir),
      dest: scratch.dest,
      epochs: 1,
    });
    const started = next(channel, 'epochStart');
    await channel.start();
    using probe = new FifoProbe(join(scratch.dest, 'train_0'));
    await started;
    await probe.read(100_000);
    while (channel.stats().waitingFor !== 'reader') await nextTurn();
    await probe.read(2_899_999);
    while (channel.state === 'streaming' && channel.stats().waitingFor !== 'reader') await nextTurn();
    await probe.rest();
    await channel.finished();
  });
});
