import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { createChannel, fileSource, memorySource, type Source, type Transform } from 'sagemaker-pipe-mode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { inChunks, noise, recordOf, sha256 } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { next } from '../support/record-events.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** Sizes around every border that matters, and any. */
const size = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 3, 4, 5) },
  { weight: 3, arbitrary: fc.constantFrom(65_535, 65_536, 65_537, 262_143, 262_145) },
  { weight: 2, arbitrary: fc.nat(200_000) },
  { weight: 1, arbitrary: fc.constantFrom(1_048_575, 1_048_576, 1_048_577, 2_100_000) },
);

/** Chunks of any length, empty ones too, but not only those. */
const chunking = fc
  .tuple(
    fc.array(fc.constantFrom(0, 1, 7, 4096, 65_536, 300_000), { maxLength: 3 }),
    fc.constantFrom(999, 65_537, 2_000_000),
  )
  .map(([some, last]) => [...some, last]);

type Kind = 'files' | 'memory' | 'functions' | 'sized' | 'unsized' | 'parts' | 'mixed';

const setup = fc.record({
  sizes: fc.array(size, { minLength: 1, maxLength: 12 }),
  kind: fc.constantFrom<Kind[]>('files', 'memory', 'functions', 'sized', 'unsized', 'parts', 'mixed'),
  chunks: chunking,
  gunzip: fc.boolean(),
  recordio: fc.boolean(),
  transform: fc.boolean(),
  prefetchBytes: fc.constantFrom(1_048_576, 67_108_864),
});
type Setup = typeof setup extends fc.Arbitrary<infer T> ? T : never;

let data = '';
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'sagemaker-pipe-mode-properties-'));
});
afterAll(() => {
  rmSync(data, { recursive: true, force: true });
});

const key = (index: number) => `object-${String(index).padStart(3, '0')}`;

/** A transform of the user's: every byte, and a few more at the end. */
const invert: Transform = (object) => ({
  key: object.key,
  async *open(context) {
    for await (const chunk of object.open(context)) yield chunk.map((byte) => byte ^ 0xff);
    yield Buffer.from('end');
  },
});

let run = 0;

function sourceOf({ kind, chunks }: Setup, bodies: readonly Buffer[]): Source {
  const dir = join(data, String(run++));
  const path = (index: number) => `${dir}-${key(index)}`;
  const write = () => bodies.forEach((body, index) => writeFileSync(path(index), body));
  const streamed = (index: number) => () => inChunks(bodies[index]!, chunks);
  switch (kind) {
    case 'files': {
      const own = mkdtempSync(`${dir}-`);
      bodies.forEach((body, index) => writeFileSync(join(own, key(index)), body));
      return fileSource(own);
    }
    case 'memory':
      return memorySource(bodies.map((body, index) => ({ key: key(index), body })));
    case 'functions':
      return memorySource(bodies.map((_, index) => ({ key: key(index), body: streamed(index) })));
    case 'sized':
    case 'unsized':
      return {
        objects: () =>
          bodies.map((body, index) => ({
            key: key(index),
            ...(kind === 'sized' ? { size: body.length } : {}),
            open: streamed(index),
          })),
      };
    case 'parts':
    case 'mixed':
      write();
      return {
        objects: () =>
          bodies.map((body, index) => {
            if (kind === 'mixed' && index % 2 === 1) return { key: key(index), open: streamed(index) };
            // Bytes, a range in the middle of a file, nothing, and bytes again.
            const [from, to] = [Math.floor(body.length / 3), Math.ceil((body.length * 2) / 3)];
            const parts = [
              body.subarray(0, from),
              { path: path(index), offset: from, length: to - from, fileSize: body.length },
              Buffer.alloc(0),
              body.subarray(to),
            ];
            return {
              key: key(index),
              size: body.length,
              open: () => ({ parts, [Symbol.asyncIterator]: () => inChunks(body, chunks) }),
            };
          }),
      };
  }
}

function prepare(it: Setup, seed: number) {
  const plain = it.sizes.map((length, index) => noise(length, seed + index));
  const stored = it.gunzip ? plain.map((bytes) => gzipSync(bytes, { level: 1 })) : plain;
  const transformed = it.transform
    ? plain.map((bytes) => Buffer.concat([bytes.map((byte) => byte ^ 0xff), Buffer.from('end')]))
    : plain;
  const expected = Buffer.concat(it.recordio ? transformed.map(recordOf) : transformed);
  const { gunzip, recordio, prefetchBytes } = it;
  const options = { gunzip, recordio, prefetchBytes, transforms: it.transform ? [invert] : [] };
  return { source: sourceOf(it, stored), expected, options };
}

describe('whatever the sizes, the chunks, the source and the transforms are', () => {
  test('the bytes that come out are the plain computation of those that went in', async () => {
    await fc.assert(
      fc.asyncProperty(setup, fc.nat(1000), async (it, seed) => {
        const { source, expected, options } = prepare(it, seed);
        await using channel = createChannel({
          name: 'train',
          source,
          dest: scratch.dest,
          epochs: 2,
          ...options,
        });
        const objects: string[] = [];
        channel.on('object', ({ epoch, key: name }) => objects.push(`${epoch} ${name}`));
        await channel.start();
        for (const epoch of [0, 1]) {
          const got = await readFifo(join(channel.dest, `train_${epoch}`));
          expect([got.length, sha256(got)]).toEqual([expected.length, sha256(expected)]);
        }
        await channel.finished();
        expect(objects).toEqual(
          [0, 1].flatMap((epoch) => it.sizes.map((_, index) => `${epoch} ${key(index)}`)),
        );
        expect(channel.stats()).toMatchObject({ bytes: 2 * expected.length, objects: 2 * it.sizes.length });
      }),
      { numRuns: 40 },
    );
  });

  test('readers may leave wherever they like: what they read is right, and so is the next epoch', async () => {
    const stays = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(setup, fc.nat(1000), stays, async (it, seed, fractions) => {
        const { source, expected, options } = prepare(it, seed);
        await using channel = createChannel({
          name: 'train',
          source,
          dest: scratch.dest,
          epochs: fractions.length + 1,
          ...options,
        });
        await channel.start();
        for (const [epoch, fraction] of fractions.entries()) {
          const started = next(channel, 'epochStart');
          const ended = next(channel, 'epochEnd');
          using probe = new FifoProbe(join(channel.dest, `train_${epoch}`));
          await started;
          const head = await probe.read(Math.floor(expected.length * fraction));
          expect(head.equals(expected.subarray(0, head.length))).toBe(true);
          probe.close();
          expect((await ended).epoch).toBe(epoch);
        }
        const last = await readFifo(join(channel.dest, `train_${fractions.length}`));
        expect([last.length, sha256(last)]).toEqual([expected.length, sha256(expected)]);
        await channel.finished();
      }),
      { numRuns: 20 },
    );
  });

  test('stop() may come at any moment: the reader has a beginning of the epoch, and then the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        setup,
        fc.nat(1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (it, seed, fraction) => {
          const { source, expected, options } = prepare(it, seed);
          const channel = createChannel({ name: 'train', source, dest: scratch.dest, ...options });
          await channel.start();
          using probe = await probeEpoch(channel);
          const head = await probe.read(Math.floor(expected.length * fraction));
          const rest = probe.rest();
          await channel.stop();
          const got = Buffer.concat([head, await rest]);
          expect(got.equals(expected.subarray(0, got.length))).toBe(true);
          await channel.finished();
        },
      ),
      { numRuns: 20 },
    );
  });
});
