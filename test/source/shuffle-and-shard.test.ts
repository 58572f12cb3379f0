import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fileSource } from '../../src/source/file/file.js';
import { memorySource } from '../../src/source/memory.js';
import { permutation } from '../../src/source/permutation.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import { sharded } from '../../src/source/sharded.js';
import { shuffled } from '../../src/source/shuffled.js';
import type { Source, SourceObject } from '../../src/source/source.js';
import { rejection } from '../support/expected-errors.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { contextOf } from './source-helpers.js';

const scratch = useScratch();

/** The keys of an epoch, one by one and by pages, which have to be the same. */
async function keysIn(source: Source, epoch = 0): Promise<string[]> {
  const context = { ...contextOf(), epoch };
  const keys: string[] = [];
  for await (const { key } of source.objects(context)) keys.push(key);
  const paged: string[] = [];
  for await (const page of source.pages!(context)) paged.push(...page.map(({ key }) => key));
  expect(paged).toEqual(keys);
  return keys;
}

const names = (length: number) => Array.from({ length }, (_, i) => `key-${String(i).padStart(4, '0')}`);
const objectsOf = (length: number) => names(length).map((key) => ({ key, body: key }));

/** Sources of so many entries: with nothing but `objects()`, with pages, and with an index of entries of several objects. */
const kinds: [string, number, (length: number) => Source][] = [
  ['objects', 1, (length) => ({ objects: () => names(length).map(objectOf) })],
  [
    'pages of three',
    1,
    (length) => ({
      objects: () => names(length).map(objectOf),
      async *pages() {
        for (let i = 0; i < length; i += 3)
          yield names(length)
            .slice(i, i + 3)
            .map(objectOf);
      },
    }),
  ],
  ['an index, two objects an entry', 2, indexed],
];

function objectOf(key: string): SourceObject {
  return { key, size: 0, open: async function* () {} };
}

function indexed(length: number): Source {
  const entry = (i: number) => [objectOf(`${names(length)[i]!}/a`), objectOf(`${names(length)[i]!}/b`)];
  return {
    objects: () => names(length).flatMap((_, i) => entry(i)),
    index: async () => ({
      length,
      async *read(positions) {
        for (const position of positions) yield entry(position);
      },
    }),
  };
}

const length = fc.integer({ min: 1, max: 40 });
const seed = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const epoch = fc.nat({ max: 1000 });
const count = fc.integer({ min: 1, max: 12 });

describe.each(kinds)('of %s', (_name, each, make) => {
  test('a shuffle has every entry once, its objects together, and is the same again', async () => {
    await fc.assert(
      fc.asyncProperty(length, seed, epoch, async (length, seed, epoch) => {
        const keys = await keysIn(shuffled(make(length), { seed }), epoch);
        expect([...keys].sort()).toEqual(Array.from(await listed(make(length))).sort());
        expect(await keysIn(shuffled(make(length), { seed }), epoch)).toEqual(keys);
        for (let i = 0; each === 2 && i < keys.length; i += 2) {
          expect([keys[i]!.slice(-2), keys[i + 1]]).toEqual(['/a', keys[i]!.replace('/a', '/b')]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('shards have every entry once, in order, and differ by one at most', async () => {
    await fc.assert(
      fc.asyncProperty(length, count, epoch, async (length, count, epoch) => {
        const shares = await sharesOf(count, (index) => sharded(make(length), { index, count }), epoch);
        const all = await listed(make(length));
        for (const share of shares) expect(all.filter((key) => share.includes(key))).toEqual(share);
        expectPartition(shares, all, each);
      }),
      { numRuns: 50 },
    );
  });

  test('shards of a shuffle have every entry once, in the shuffled order', async () => {
    await fc.assert(
      fc.asyncProperty(length, count, seed, epoch, async (length, count, seed, epoch) => {
        const whole = () => shuffled(make(length), { seed });
        const shares = await sharesOf(count, (index) => sharded(whole(), { index, count }), epoch);
        const order = await keysIn(whole(), epoch);
        for (const share of shares) expect(order.filter((key) => share.includes(key))).toEqual(share);
        expectPartition(shares, order, each);
      }),
      { numRuns: 50 },
    );
  });

  test('a shuffle of a shard, and a shard of a shard, have their entries once', async () => {
    await fc.assert(
      fc.asyncProperty(length, count, count, async (length, count, inner) => {
        const all = await listed(make(length));
        const outer = (index: number) => sharded(make(length), { index, count });
        const mixed = await sharesOf(count, (index) => shuffled(outer(index), { seed: 1 }));
        expectPartition(mixed, all, each);
        const nested = await sharesOf(inner, (index) => sharded(outer(0), { index, count: inner }));
        expectPartition(nested, await keysIn(outer(0)), each);
      }),
      { numRuns: 50 },
    );
  });
});

async function listed(source: Source): Promise<string[]> {
  const keys = [];
  for await (const { key } of source.objects(contextOf())) keys.push(key);
  return keys;
}

function sharesOf(count: number, share: (index: number) => Source, epoch = 0): Promise<string[][]> {
  return Promise.all(Array.from({ length: count }, (_, index) => keysIn(share(index), epoch)));
}

function expectPartition(shares: string[][], all: string[], each: number): void {
  expect(shares.flat().sort()).toEqual([...all].sort());
  const sizes = shares.map((share) => share.length / each);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
}

test('the order is another one in every epoch, and with another seed', async () => {
  const source = memorySource(objectsOf(100));
  const orders = new Set<string>();
  for (const seed of [0, 1, -1, 2n ** 63n - 1n, -(2n ** 63n)]) {
    for (let epoch = 0; epoch < 20; epoch++) {
      orders.add((await keysIn(shuffled(source, { seed }), epoch)).join());
    }
  }
  expect(orders.size).toBe(100);
});

test('a host has something else in every epoch when it has a share of a shuffle', async () => {
  const share = sharded(shuffled(memorySource(objectsOf(100)), { seed: 3 }), { index: 1, count: 4 });
  const contents = await Promise.all(
    [0, 1, 2].map(async (epoch) => (await keysIn(share, epoch)).sort().join()),
  );
  expect(new Set(contents).size).toBe(3);
});

test('the order is the one that it has always been', () => {
  // Whoever trained with a seed wants the same order from every later version.
  expect([...permutation(10, 42n, 0)]).toEqual([6, 4, 8, 5, 3, 9, 0, 7, 1, 2]);
  expect([...permutation(10, 42n, 1)]).toEqual([6, 4, 2, 7, 3, 9, 5, 0, 1, 8]);
  expect([...permutation(10, -1n, 0)]).toEqual([3, 1, 5, 6, 4, 8, 0, 7, 2, 9]);
});

test('every order of three is as likely as the others', () => {
  const times = new Map<string, number>();
  for (let epoch = 0; epoch < 6000; epoch++) {
    const order = permutation(3, 7n, epoch).join();
    times.set(order, (times.get(order) ?? 0) + 1);
  }
  expect(times.size).toBe(6);
  for (const count of times.values()) expect(Math.abs(count - 1000)).toBeLessThan(150); // five standard deviations
});

test('files and S3 objects are shuffled and sharded without an object for each in memory', async () => {
  const keys = names(1100);
  const dir = scratch.files(Object.fromEntries(keys.map((key) => [key, key])));
  await using server = await startS3Server();
  server.createBucket('bucket');
  for (const key of keys) server.put('bucket', `p/${key}`, key);
  const files = fileSource(dir);
  const objects = s3Source('s3://bucket/p/', { s3: server.clientConfig });
  const mixed = await keysIn(shuffled(files, { seed: 5 }));
  expect(mixed).not.toEqual(keys);
  expect([...mixed].sort()).toEqual(keys);
  // The same seed, epoch and number of objects: the same places.
  expect(await keysIn(shuffled(objects, { seed: 5 }))).toEqual(mixed.map((key) => `p/${key}`));
  const share = { index: 2, count: 3 };
  expect(await keysIn(sharded(files, share))).toEqual(keys.filter((_, i) => i % 3 === 2));
  expect(await keysIn(sharded(objects, share))).toEqual(
    keys.filter((_, i) => i % 3 === 2).map((key) => `p/${key}`),
  );
  const [page] = await firstPage(shuffled(objects, { seed: 5 }));
  expect(page).toMatchObject({ size: 8, path: mixed[0], version: expect.stringMatching(/^"\w+"$/) });
  await objects.close?.();
});

async function firstPage(source: Source): Promise<readonly SourceObject[]> {
  for await (const page of source.pages!(contextOf())) return page;
  return [];
}

test('a shard streams: it lists no further than it is read', async () => {
  let made = 0;
  const endless: Source = {
    *objects() {
      for (;;) yield objectOf(`key-${made++}`);
    },
  };
  const keys = [];
  for await (const { key } of sharded(endless, { index: 1, count: 3 }).objects(contextOf())) {
    if (keys.push(key) === 2) break;
  }
  expect(keys).toEqual(['key-1', 'key-4']);
  expect(made).toBe(5);
});

test('a host for which nothing is left has an empty epoch, but nothing for any host is an error', async () => {
  const surplus = { index: 2, count: 3 };
  expect(await keysIn(sharded(memorySource(objectsOf(2)), surplus))).toEqual([]);
  expect(await keysIn(sharded(indexed(2), surplus))).toEqual([]);
  const nothing: Source = { description: 'nothing at all', objects: () => [] };
  for (const source of [sharded(nothing, surplus), sharded(shuffled(nothing, { seed: 1 }), surplus)]) {
    const error = await rejection(keysIn(source));
    expect(error.code).toBe('SOURCE_EMPTY');
    expect(error.message).toContain('nothing at all');
  }
  const early = await rejection(sharded(fileSource(scratch.dir), surplus).check?.(contextOf()));
  expect(early.code).toBe('SOURCE_EMPTY');
});

test('what belongs to the source as a whole goes to it', async () => {
  const calls: string[] = [];
  const inner: Source = {
    description: 'inner',
    check: () => void calls.push('check'),
    close: () => void calls.push('close'),
    objects: () => [],
    index: async () => ({
      length: 1,
      async *read() {
        yield [objectOf('a')];
      },
      close: () => void calls.push('close index'),
    }),
  };
  const outer = sharded(shuffled(inner, { seed: 1 }), { index: 0, count: 1 });
  expect(outer.description).toBe('inner');
  await outer.check?.(contextOf());
  expect(await listed(outer)).toEqual(['a']);
  await outer.close?.();
  expect(calls).toEqual(['check', 'close index', 'close']);
});

test.each([undefined, null, 1.5, NaN, 2 ** 53, '1', 2n ** 63n, -(2n ** 63n) - 1n])(
  'the seed %s is refused',
  async (seed) => {
    const shuffle = async () => shuffled(memorySource(objectsOf(1)), { seed: seed as number });
    const error = await rejection(shuffle());
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain('shuffle.seed');
  },
);

test.each([
  [0, 0, 'shard.count'],
  [0, 1.5, 'shard.count'],
  [0, '2', 'shard.count'],
  [2, 2, 'shard.index'],
  [-1, 2, 'shard.index'],
  [undefined, 2, 'shard.index'],
])('host %s of %s is refused', async (index, count, option) => {
  const shard = async () => sharded(memorySource(objectsOf(1)), { index: index!, count: count as number });
  const error = await rejection(shard());
  expect(error.code).toBe('INVALID_OPTION');
  expect(error.message).toContain(option);
});
