import { mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { createChannel, fileSource, type Source, type SourceObject } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf, sha256 } from '../../support/bytes.js';
import { FifoProbe, readFifo } from '../../support/fifo-reader.js';
import { next } from '../../support/record-events.js';
import { useScratch } from '../../support/scratch.js';
import { rejection } from '../../support/expected-errors.js';
import { probeEpoch } from '../../support/probe-epoch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;

/** Objects that compress well or not at all, many of them small, some larger than a pipe. */
const plain = Array.from({ length: 60 }, (_, i) =>
  i % 7 === 0 ? Buffer.alloc(i * 60_000, i) : noise((i * 7919) % (i % 5 === 0 ? 1_500_000 : 5000), i),
);
const key = (index: number) => `part-${String(index).padStart(3, '0')}.gz`;

function filesOf(bodies: readonly Buffer[]): string {
  return scratch.files(Object.fromEntries(bodies.map((body, i) => [key(i), body])));
}

/** As channels that inflate many files of this machine have them. */
const zipped = () =>
  filesOf(plain.map((bytes, i) => (bytes.length === 0 ? bytes : gzipSync(bytes, { level: 1 + (i % 9) }))));

describe.each([false, true])('gzip files, recordio: %s', (recordio) => {
  test.each([MIB, 64 * MIB])('are inflated in order, with %i bytes of memory', async (prefetchBytes) => {
    await using channel = createChannel({
      name: 'train',
      source: zipped(),
      dest: scratch.dest,
      gunzip: true,
      recordio,
      prefetchBytes,
      epochs: 2,
    });
    const objects: [string, number][] = [];
    channel.on('object', ({ key: name, bytes }) => objects.push([name, bytes]));
    await channel.start();
    const expected = plain.map((bytes) => (recordio ? recordOf(bytes) : bytes));
    for (const epoch of [0, 1])
      expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(sha256(...expected));
    await channel.finished();
    const once = expected.map((bytes, i) => [key(i), bytes.length]);
    expect(objects).toEqual([...once, ...once]);
    expect(channel.stats()).toMatchObject({ bytes: 2 * Buffer.concat(expected).length, objects: 120 });
  });

  test('an error comes after all objects before it, and no end of the data', async () => {
    const bodies = plain.slice(0, 20).map((bytes) => gzipSync(bytes));
    bodies[12] = gzipSync(noise(3 * MIB)).subarray(0, -1);
    await using channel = createChannel({
      name: 'train',
      source: filesOf(bodies),
      dest: scratch.dest,
      gunzip: true,
      recordio,
    });
    const objects: string[] = [];
    channel.on('object', (object) => objects.push(object.key));
    await channel.start();
    const finished = rejection(channel.finished());
    using probe = await probeEpoch(channel);
    const before = Buffer.concat(plain.slice(0, 12).map((bytes) => (recordio ? recordOf(bytes) : bytes)));
    expect(sha256(await probe.read(before.length))).toBe(sha256(before));
    const reading = probe.rest();
    expect(await finished).toMatchObject({
      code: 'GZIP_TRUNCATED',
      key: key(12),
      channel: 'train',
      epoch: 0,
    });
    expect(objects).toEqual(bodies.slice(0, 12).map((_, i) => key(i)));
    expect(probe.available().end).toBe('held');
    await channel.stop();
    await reading;
  });

  test.each(['SOURCE_CHANGED', 'SOURCE_VANISHED'])(
    'a file that is not as it was listed: %s',
    async (code) => {
      const dir = filesOf([noise(MIB, 1), noise(MIB, 2), noise(10, 3)].map((bytes) => gzipSync(bytes)));
      const files = fileSource(dir);
      const source: Source = {
        async *objects(context) {
          const listed: SourceObject[] = [];
          for await (const object of files.objects(context)) listed.push(object);
          if (code === 'SOURCE_CHANGED') utimesSync(join(dir, key(1)), 1, 1);
          else rmSync(join(dir, key(1)));
          yield* listed;
        },
      };
      await using channel = createChannel({
        name: 'train',
        source,
        dest: scratch.dest,
        gunzip: true,
        recordio,
      });
      await channel.start();
      const finished = rejection(channel.finished());
      using probe = await probeEpoch(channel);
      const reading = probe.rest();
      expect(await finished).toMatchObject({ code, key: key(1), channel: 'train', epoch: 0 });
      await channel.stop();
      expect(
        (await reading)
          .subarray(recordio ? 8 : 0, MIB)
          .equals(noise(MIB, 1).subarray(0, recordio ? MIB - 8 : MIB)),
      ).toBe(true);
    },
  );

  test.each(['stop', 'reader leaves'])('are given up when nobody wants them any more: %s', async (how) => {
    await using channel = createChannel({
      name: 'train',
      source: zipped(),
      dest: scratch.dest,
      gunzip: true,
      recordio,
      prefetchBytes: MIB,
      epochs: 1,
    });
    await channel.start();
    const started = next(channel, 'epochStart');
    const ended = how === 'stop' ? undefined : next(channel, 'epochEnd');
    using probe = new FifoProbe(join(channel.dest, 'train_0'));
    await started;
    await probe.read(2 * MIB);
    if (how === 'stop') {
      await channel.stop();
    } else {
      probe.close();
      expect(await ended).toMatchObject({ outcome: 'closedEarly' });
      await channel.finished();
    }
  });
});

test('twenty channels whose readers do not read stop nobody else', async () => {
  const source = zipped();
  const stalled = Array.from({ length: 20 }, (_, i) =>
    createChannel({ name: `stalled-${i}`, source, dest: scratch.dest, gunzip: true, prefetchBytes: MIB }),
  );
  const probes: FifoProbe[] = [];
  try {
    for (const channel of stalled) {
      await channel.start();
      const started = next(channel, 'epochStart');
      probes.push(new FifoProbe(join(channel.dest, `${channel.name}_0`)));
      await started;
    }
    for (const probe of probes) await probe.read(1);
    await using channel = createChannel({
      name: 'train',
      source,
      dest: scratch.dest,
      gunzip: true,
      epochs: 2,
    });
    await channel.start();
    for (const epoch of [0, 1])
      expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(sha256(...plain));
    await channel.finished();
  } finally {
    await Promise.all(stalled.map((channel) => channel.stop()));
    for (const probe of probes) probe.close();
  }
});

describe('a record that memory has no room for', () => {
  const big = [noise(9 * MIB, 1), noise(10, 2), Buffer.alloc(20 * MIB, 'abc'), noise(100, 3)];

  test('goes through a file without a name', async () => {
    const dir = filesOf(big.map((bytes) => gzipSync(bytes, { level: 1 })));
    const tmp = scratch.path('..', 'tmp');
    mkdirSync(tmp);
    process.env['TMPDIR'] = tmp;
    try {
      await using channel = createChannel({
        name: 'train',
        source: dir,
        dest: scratch.dest,
        gunzip: true,
        recordio: true,
        prefetchBytes: MIB,
        epochs: 2,
      });
      await channel.start();
      for (const epoch of [0, 1])
        expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(
          sha256(...big.map(recordOf)),
        );
      await channel.finished();
    } finally {
      delete process.env['TMPDIR'];
    }
    expect(readdirSync(tmp)).toEqual([]);
  });

  test('fails, and says what to do, where there is no directory for it', async () => {
    const dir = filesOf(big.map((bytes) => gzipSync(bytes, { level: 1 })));
    process.env['TMPDIR'] = scratch.path('not', 'there');
    try {
      await using channel = createChannel({
        name: 'train',
        source: dir,
        dest: scratch.dest,
        gunzip: true,
        recordio: true,
        prefetchBytes: MIB,
      });
      await channel.start();
      const finished = rejection(channel.finished());
      using probe = await probeEpoch(channel);
      const error = await finished;
      expect(error).toMatchObject({ code: 'TEMPORARY_FILE_FAILED', key: key(0), channel: 'train', epoch: 0 });
      expect(error.message).toContain('Point TMPDIR to a directory');
      expect(probe.available()).toMatchObject({ end: 'held' });
    } finally {
      delete process.env['TMPDIR'];
    }
  });
});
