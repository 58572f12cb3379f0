import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { createChannel } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** More than libuv's thread pool has threads: all of them block in `open` or `read`. */
const READERS = 9;

describe('readers in the same process that fill libuv’s thread pool', () => {
  const plain = [noise(3_000_000, 1), noise(10, 2), noise(70_000, 3)];
  const files = (bodies: readonly Buffer[]) => Object.fromEntries(bodies.map((body, i) => [`${i}`, body]));
  const cases: [string, Buffer[], object, Buffer[]][] = [
    ['raw', plain, {}, plain],
    [
      'inflated, as RecordIO',
      plain.map((it) => gzipSync(it)),
      { gunzip: true, recordio: true },
      plain.map(recordOf),
    ],
    [
      'inflated, as RecordIO, through temporary files',
      plain.map((it) => gzipSync(it)),
      { gunzip: true, recordio: true, prefetchBytes: 1_048_576 },
      plain.map(recordOf),
    ],
  ];

  test.each(cases)('%s', async (_how, bodies, options, expected) => {
    scratch.files(files(bodies));
    const channels = Array.from({ length: READERS }, (_, i) =>
      createChannel({ name: `c${i}`, source: scratch.dir, dest: scratch.dest, epochs: 2, ...options }),
    );
    await Promise.all(channels.map((channel) => channel.start()));
    for (const epoch of [0, 1]) {
      const read = await Promise.all(
        channels.map(({ name }) => readFile(join(scratch.dest, `${name}_${epoch}`))),
      );
      expect(read.map((bytes) => sha256(bytes))).toEqual(channels.map(() => sha256(...expected)));
    }
    await Promise.all(channels.map((channel) => channel.finished()));
  });

  test('before the channels start', async () => {
    scratch.files(files(plain));
    const idle = Array.from({ length: READERS }, (_, i) =>
      createChannel({ name: `idle${i}`, source: [{ key: 'a', body: 'late' }], dest: scratch.dest }),
    );
    await Promise.all(idle.map((channel) => channel.start()));
    // Each of these occupies a thread of the pool until its reader gets an end; nobody feeds them yet.
    const blocked: Promise<Buffer>[] = [];
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const gated = Array.from({ length: READERS }, (_, i) =>
      createChannel({
        name: `gated${i}`,
        dest: scratch.dest,
        epochs: 1,
        source: {
          objects: () => [
            {
              key: 'a',
              async *open() {
                await released;
                yield Buffer.from('released');
              },
            },
          ],
        },
      }),
    );
    await Promise.all(gated.map((channel) => channel.start()));
    for (const { name } of gated) blocked.push(readFile(join(scratch.dest, `${name}_0`)));
    // A channel that is started only now has to list, read and inflate without the pool.
    const late = createChannel({
      name: 'late',
      source: scratch.dir,
      dest: scratch.dest,
      epochs: 1,
      recordio: true,
    });
    await late.start();
    expect(sha256(await readFifo(join(scratch.dest, 'late_0')))).toBe(sha256(...plain.map(recordOf)));
    await late.finished();
    release();
    expect((await Promise.all(blocked)).every((bytes) => bytes.toString() === 'released')).toBe(true);
    await Promise.all(gated.map((channel) => channel.finished()));
    await Promise.all(idle.map((channel) => channel.stop()));
  });
});
