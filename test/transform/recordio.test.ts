import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { createChannel, recordio, type Source, type Transform } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { inChunks, noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { readWithPython } from '../support/python-reader.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;

const SIZES = [0, 1, 3, 4, 5, 65_535, 65_536, 65_537, MIB - 1, MIB, MIB + 1];
const payloads = SIZES.map((size, index) => noise(size, index + 1));
const expected = Buffer.concat(payloads.map(recordOf));
const key = (index: number) => String(index).padStart(3, '0');

/** Objects that do not say how long they are. */
function unsized(bodies: readonly Uint8Array[], chunkBytes = 10_000): Source {
  return {
    objects: () =>
      bodies.map((body, index) => ({ key: key(index), open: () => inChunks(body, [chunkBytes]) })),
  };
}

describe('records of every size around the borders', () => {
  const files = () => scratch.files(Object.fromEntries(payloads.map((body, index) => [key(index), body])));
  const sources: [string, () => string | Source | { key: string; body: Uint8Array }[]][] = [
    ['files', files],
    ['memory', () => payloads.map((body, index) => ({ key: key(index), body }))],
    ['objects without a size', () => unsized(payloads)],
    [
      'objects with a size and chunks across every border',
      () => ({
        objects: () =>
          payloads.map((body, index) => ({
            key: key(index),
            size: body.length,
            open: () => inChunks(body, [1, 65_536, 3]),
          })),
      }),
    ],
  ];

  test.each(sources)('from %s', async (_name, source) => {
    await using channel = createChannel({
      name: 'train',
      source: source(),
      dest: scratch.dest,
      recordio: true,
      epochs: 2,
    });
    await channel.start();
    const epochs = await readWithPython({ dir: channel.dest, channel: 'train', epochs: 2, recordio: true });
    await channel.finished();
    for (const epoch of epochs) {
      expect(epoch).toMatchObject({
        bytes: expected.length,
        sha256: sha256(expected),
        records: SIZES,
        payloadSha256: sha256(...payloads),
      });
    }
  });
});

describe('an object without a size that does not fit into prefetchBytes', () => {
  const big = [noise(3 * MIB, 1), noise(10, 2), noise(5 * MIB + 1, 3)];

  test.each([1000, 65_536, 4 * MIB])(
    'goes through a file without a name, in chunks of %i',
    async (chunkBytes) => {
      const all = Buffer.concat(big.map(recordOf));
      let seen: string[] | undefined;
      process.env['TMPDIR'] = scratch.dir;
      try {
        await using channel = createChannel({
          name: 'train',
          source: unsized(big, chunkBytes),
          dest: scratch.dest,
          transforms: [recordio()],
          prefetchBytes: MIB,
          epochs: 1,
        });
        await channel.start();
        using probe = await probeEpoch(channel);
        const head = await probe.read(8);
        seen = readdirSync(scratch.dir);
        expect(sha256(head, await probe.rest())).toBe(sha256(all));
        await channel.finished();
      } finally {
        delete process.env['TMPDIR'];
      }
      expect(seen).toEqual([]);
    },
  );

  test('may be stopped while its file is being written', async () => {
    const body = noise(20 * MIB);
    await using channel = createChannel({
      name: 'train',
      source: unsized([body], 65_536),
      dest: scratch.dest,
      recordio: true,
      prefetchBytes: MIB,
      epochs: 1,
    });
    await channel.start();
    using probe = await probeEpoch(channel);
    const head = await probe.read(5 * MIB);
    await channel.stop(); // the pipe is full: nobody reads what is left before
    const read = Buffer.concat([head, await probe.rest()]);
    expect(read.length).toBeLessThan(body.length);
    expect(read.equals(recordOf(body).subarray(0, read.length))).toBe(true);
  });

  test('reaches transforms behind it as bytes', async () => {
    const flip: Transform = (object) => ({
      key: object.key,
      async *open(context) {
        for await (const chunk of object.open(context)) yield chunk.map((byte) => byte ^ 1);
      },
    });
    await using channel = createChannel({
      name: 'train',
      source: unsized(big, 65_536),
      dest: scratch.dest,
      transforms: [recordio(), flip],
      prefetchBytes: MIB,
      epochs: 1,
    });
    await channel.start();
    const bytes = await readFifo(join(channel.dest, 'train_0'));
    await channel.finished();
    const all = Buffer.concat(big.map(recordOf));
    expect(sha256(bytes)).toBe(sha256(all.map((byte) => byte ^ 1)));
  });

  test('leaves the source’s own bytes alone', async () => {
    const before = big.map((body) => sha256(body));
    await using channel = createChannel({
      name: 'train',
      source: unsized(big, 700_000),
      dest: scratch.dest,
      recordio: true,
      prefetchBytes: MIB,
      epochs: 2,
    });
    await channel.start();
    for (const epoch of [0, 1])
      expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(sha256(...big.map(recordOf)));
    await channel.finished();
    expect(big.map((body) => sha256(body))).toEqual(before);
  });

  test.each(['stop', 'reader leaves'])('is not read on when nobody wants it any more: %s', async (how) => {
    let yielded = 0;
    let returned!: () => void;
    const isOver = new Promise<void>((resolve) => (returned = resolve));
    let reachedSpill!: () => void;
    const spills = new Promise<void>((resolve) => (reachedSpill = resolve));
    const endless: Source = {
      objects: () => [
        { key: 'first', size: 1, open: () => inChunks(Buffer.from('x'), [1]) },
        {
          key: 'endless',
          async *open() {
            try {
              for (;;) {
                yield noise(100_000);
                if (++yielded === 30) reachedSpill();
              }
            } finally {
              returned();
            }
          },
        },
      ],
    };
    await using channel = createChannel({
      name: 'train',
      source: endless,
      dest: scratch.dest,
      recordio: true,
      prefetchBytes: MIB,
    });
    await channel.start();
    const probe = await probeEpoch(channel);
    await probe.read(12);
    await spills;
    if (how === 'stop') await channel.stop();
    probe.close();
    await isOver;
  });

  test('fails, and says what to do, where there is no directory for it', async () => {
    process.env['TMPDIR'] = scratch.path('not', 'there');
    try {
      await using channel = createChannel({
        name: 'train',
        source: unsized(big),
        dest: scratch.dest,
        recordio: true,
        prefetchBytes: MIB,
      });
      await channel.start();
      const finished = rejection(channel.finished());
      using probe = await probeEpoch(channel);
      const error = await finished;
      expect(error).toMatchObject({ code: 'TEMPORARY_FILE_FAILED', key: '000', channel: 'train', epoch: 0 });
      expect(error.message).toContain('Point TMPDIR to a directory');
      expect(probe.available()).toMatchObject({ end: 'held' });
    } finally {
      delete process.env['TMPDIR'];
    }
  });

  test('fails where the file system has no room for it', async () => {
    const { lines, stderr } = await runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       import { spawn } from 'node:child_process';
       const chunk = Buffer.alloc(100_000);
       const channel = createChannel({
         name: 'train', dest: process.argv[1], recordio: true, prefetchBytes: 1_048_576,
         source: [{ key: 'a', body: async function* () { for (let i = 0; i < 100; i++) yield chunk; } }],
       });
       await channel.start();
       const cat = spawn('cat', [process.argv[1] + '/train_0'], { stdio: 'ignore' });
       await channel.finished().catch(({ code, key, message }) => { console.log(code, key); console.log(message); });
       await channel.stop();`,
      // A limit on the size of files stands for a full disk: both refuse a write in the middle.
      { args: [scratch.dest], setup: 'ulimit -f 4096' },
    );
    expect(stderr).toBe('');
    expect(lines[0]).toBe('TEMPORARY_FILE_FAILED a');
    expect(lines[1]).toContain('Make room');
  });
});

describe('a size that is not true', () => {
  const lies: [string, number, Buffer[]][] = [
    ['too large', 10, [noise(4), noise(5)]],
    ['too small', 8, [noise(4), noise(5)]],
    ['0', 0, [noise(1)]],
    ['not 0', 1, []],
  ];

  test.each(lies)('%s, of a body that yields', async (_how, size, chunks) => {
    for (const recordio of [false, true]) {
      await expectMismatch({
        recordio,
        source: {
          objects: () => [
            {
              key: 'liar',
              size,
              open: async function* () {
                yield* chunks;
              },
            },
          ],
        },
      });
    }
  });

  test.each(lies)('%s, of a body that has parts', async (_how, size, chunks) => {
    for (const recordio of [false, true]) {
      await expectMismatch({
        recordio,
        source: {
          objects: () => [
            {
              key: 'liar',
              size,
              open: () =>
                Object.assign(
                  (async function* () {
                    yield* chunks;
                  })(),
                  { parts: chunks },
                ),
            },
          ],
        },
      });
    }
  });

  async function expectMismatch(options: { source: Source; recordio: boolean }): Promise<void> {
    await using channel = createChannel({ name: 'train', dest: scratch.dest, ...options });
    await channel.start();
    const finished = rejection(channel.finished());
    using probe = await probeEpoch(channel);
    const error = await finished;
    expect(error).toMatchObject({ code: 'SOURCE_SIZE_MISMATCH', key: 'liar', channel: 'train', epoch: 0 });
    expect(error.message).toContain(
      `"liar" said that it has ${(options.source.objects as () => { size: number }[])()[0]!.size} bytes`,
    );
    expect(probe.available().end).toBe('held');
  }
});
