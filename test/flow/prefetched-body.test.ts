import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import type { LocalPart } from '../../src/body/body.js';
import { MemoryBudget } from '../../src/flow/memory-budget.js';
import { Prefetcher } from '../../src/flow/prefetcher.js';
import { SlabPool } from '../../src/flow/slab-pool.js';
import { useScratch } from '../support/scratch.js';

useScratch();

const MIB = 1024 * 1024;
const RANGE = { path: 'temporary file', fd: 1000, offset: 0, length: 5 * MIB };

/** A body with a range that lasts until the next part is asked for, or the body is left. */
function withRange() {
  const seen = { lasts: false };
  async function* open(): AsyncGenerator<LocalPart> {
    yield Buffer.from('before');
    try {
      seen.lasts = true;
      yield await Promise.resolve(RANGE);
    } finally {
      seen.lasts = false;
    }
    yield Buffer.from('after');
  }
  const slabs = new SlabPool(MIB);
  const prefetcher = new Prefetcher(new MemoryBudget(MIB, slabs), slabs, 2);
  const body = prefetcher.add({
    size: undefined,
    open,
    check: () => undefined,
    checkEnd: () => undefined,
    toFailure: (error) => error,
  });
  return { seen, prefetcher, body };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

test('a range of a file takes no memory, stands in its place, and lasts until it is written', async () => {
  const { seen, prefetcher, body } = withRange();
  await turns();
  const { chunks, release } = await body.take();
  expect(chunks).toEqual([Buffer.from('before'), RANGE]);
  await turns();
  expect(seen.lasts).toBe(true);
  release();
  const after = await body.take();
  expect(seen.lasts).toBe(false);
  expect(after.chunks).toEqual([Buffer.from('after')]);
  after.release();
  expect((await body.take()).chunks).toEqual([]);
  await prefetcher.cancel(new Error('over'));
});

test('a range that is being written lasts until that is over, also if the body is cancelled', async () => {
  const { seen, prefetcher, body } = withRange();
  await turns();
  const { release } = await body.take();
  const cancelled = prefetcher.cancel(new Error('stopped'));
  await turns();
  expect(seen.lasts).toBe(true);
  release();
  await cancelled;
  expect(seen.lasts).toBe(false);
  await expect(body.take()).rejects.toThrow('stopped');
});

test('a range that nobody has taken is left when the body is cancelled', async () => {
  const { seen, prefetcher } = withRange();
  await turns();
  expect(seen.lasts).toBe(true);
  await prefetcher.cancel(new Error('stopped'));
  expect(seen.lasts).toBe(false);
});
