import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import * as lending from '../../src/body/lent-slab.js';
import { createChannel } from '../../src/channel/create-channel.js';
import { SlabPool } from '../../src/flow/slab-pool.js';
import type { SourceObject } from '../../src/source/source.js';
import { recordio } from '../../src/transform/recordio.js';
import { inChunks, noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { PythonReader } from '../support/python-reader.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const content = noise(7_000_001);
/** Objects whose sizes nobody knows. */
const source = ['a', 'b'].map((key) => ({ key, body: () => inChunks(content, [1000, 333, 20_000]) }));
const records = Buffer.concat([recordOf(content), recordOf(content)]);
const expected = sha256(records);

/** What is given back is worth nothing from then on: whoever still looks at it gets wrong bytes. */
function watchSlabs() {
  const { take, give } = SlabPool.prototype;
  const taken = { slabs: new Set<Uint8Array>(), times: 0, lent: vi.spyOn(lending, 'takeLentSlab') };
  vi.spyOn(SlabPool.prototype, 'take').mockImplementation(function (this: SlabPool) {
    const slab = take.call(this);
    taken.slabs.add(slab);
    taken.times++;
    return slab;
  });
  vi.spyOn(SlabPool.prototype, 'give').mockImplementation(function (this: SlabPool, slab) {
    expect(taken.slabs.has(slab)).toBe(true);
    slab.fill(0xee);
    give.call(this, slab);
  });
  return taken;
}

afterEach(() => vi.restoreAllMocks());

test.each([
  ['all of it in memory', 64, 3, {}],
  ['most of it in a file', 2, 1, {}],
  ['for a slow reader', 64, 3, { delayMs: 2 }],
])(
  'records are gathered in memory that is used again: %s',
  async (_what, prefetchMiB, timesEach, manners) => {
    const taken = watchSlabs();
    await using channel = createChannel({
      name: 'train',
      source,
      dest: scratch.dest,
      recordio: true,
      prefetchBytes: prefetchMiB * 1024 * 1024,
      epochs: 4,
    });
    await channel.start();
    const reader = new PythonReader({ dir: scratch.dest, channel: 'train', epochs: 4, ...manners });
    for (const epoch of await reader.finished()) expect(epoch.sha256).toBe(expected);
    expect(taken.times).toBeGreaterThan(timesEach * taken.slabs.size);
    const lent = taken.lent.mock.results.filter(({ value }) => value !== undefined);
    expect(lent.length, 'slabs that were written where they are').toBeGreaterThan(20);
  },
);

test('a reader that leaves within a slab spoils nothing of the epochs after it', async () => {
  const taken = watchSlabs();
  await using channel = createChannel({
    name: 'train',
    source,
    dest: scratch.dest,
    recordio: true,
    epochs: 12,
  });
  const outcomes: string[] = [];
  channel.on('epochEnd', ({ outcome }) => outcomes.push(outcome));
  await channel.start();
  for (let epoch = 0; epoch < 12; epoch += 2) {
    const cut = await readFifo(await fifo(epoch), { closeAfter: 300_001 * (epoch + 1) });
    expect(cut.equals(records.subarray(0, cut.length))).toBe(true);
    expect(sha256(await readFifo(await fifo(epoch + 1)))).toBe(expected);
  }
  await channel.finished();
  expect(outcomes).toEqual(Array.from({ length: 6 }, () => ['closedEarly', 'complete']).flat());
  expect(taken.lent).toHaveBeenCalled();
  expect(vi.mocked(SlabPool.prototype.give)).toHaveBeenCalledTimes(taken.times);
});

/** The path of an epoch's FIFO, once it is there. */
async function fifo(epoch: number): Promise<string> {
  const path = join(scratch.dest, `train_${epoch}`);
  await expect.poll(() => existsSync(path)).toBe(true);
  return path;
}

test('whoever gets records as bytes may keep them, and give them away twice', async () => {
  watchSlabs();
  const twice = (object: SourceObject): SourceObject => ({
    key: object.key,
    async *open(context) {
      const kept: Uint8Array[] = [];
      for await (const chunk of object.open(context)) kept.push(chunk);
      yield* kept;
      yield* kept;
    },
  });
  await using channel = createChannel({
    name: 'train',
    source,
    dest: scratch.dest,
    transforms: [recordio(), twice],
    epochs: 1,
  });
  await channel.start();
  const record = recordOf(content);
  const read = await readFifo(join(scratch.dest, 'train_0'));
  expect(sha256(read)).toBe(sha256(record, record, record, record));
});

test('a record that is given up gives its memory back', async () => {
  const taken = watchSlabs();
  const endless: SourceObject = {
    key: 'a',
    async *open() {
      yield* inChunks(content, [1000]);
      await new Promise(() => undefined);
    },
  };
  await using channel = createChannel({
    name: 'train',
    source: { description: 'endless', objects: () => [endless] },
    dest: scratch.dest,
    recordio: true,
    epochs: 1,
  });
  await channel.start();
  const reader = new PythonReader({ dir: scratch.dest, channel: 'train', epochs: 1 });
  await vi.waitFor(() => expect(taken.times).toBeGreaterThan(20));
  await channel.stop();
  await reader.finished().catch(() => undefined);
  expect(vi.mocked(SlabPool.prototype.give)).toHaveBeenCalledTimes(taken.times);
});
