import { setImmediate as nextTurn } from 'node:timers/promises';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ChunkMeter } from '../../src/flow/chunk-meter.js';
import { FirstChunks } from '../../src/flow/first-chunks.js';
import { MemoryBudget } from '../../src/flow/memory-budget.js';
import type { MeteredChunks } from '../../src/flow/metered-chunks.js';
import { SlabPool } from '../../src/flow/slab-pool.js';
import { noise } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';

useScratch();

const MIB = 1024 * 1024;

function neighbourhood(bytes = MIB) {
  const budget = new MemoryBudget(bytes, new SlabPool(bytes));
  const firstChunks = new FirstChunks(32);
  const free = () => {
    let found = 0;
    for (let step = bytes; step >= 1; step /= 2) if (budget.tryReserveForFirst(step)) found += step;
    budget.release(found);
    return found;
  };
  return { budget, free, makeMeter: () => new ChunkMeter(budget, firstChunks) };
}

/** A body of chunks of these sizes, and what became of it. */
function bodyOf(...sizes: number[]) {
  const seen = { asked: 0 };
  const body = (async function* () {
    for (const size of sizes) {
      seen.asked++;
      yield await Promise.resolve(noise(size));
    }
  })();
  return { seen, source: { body, size: undefined, onError: () => undefined } };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

describe('chunks that transforms hold', () => {
  test('are counted until the next one is asked for, and the last one until the end', async () => {
    const { free, makeMeter } = neighbourhood();
    const chunks = makeMeter().iterate(bodyOf(1000, 5000, 2000).source);
    const held: number[] = [];
    do held.push(MIB - free());
    while (!(await chunks.next()).done);
    expect(held).toEqual([0, 1000, 5000, 2000]);
    expect(free()).toBe(MIB);
  });

  test('are not counted any more if the body is left or has failed', async () => {
    const { free, makeMeter } = neighbourhood();
    const left = makeMeter().iterate(bodyOf(1000, 1000).source);
    await left.next();
    await left.return();
    const errors: unknown[] = [];
    const wrong = new Error('wrong');
    const body = (async function* () {
      yield noise(1000);
      await Promise.reject(wrong);
    })();
    const failing = makeMeter().iterate({ body, size: undefined, onError: (error) => errors.push(error) });
    await failing.next();
    await expect(failing.next()).rejects.toBe(wrong);
    expect(errors).toEqual([wrong]);
    expect(free()).toBe(MIB);
  });

  test('are asked of one body until it is known how large they are, and wait for room until it is their turn', async () => {
    const { makeMeter } = neighbourhood();
    const [first, second] = [bodyOf(5 * MIB), bodyOf(5 * MIB)];
    const [one, two] = [makeMeter(), makeMeter()];
    const [readOne, readTwo] = [{ isTurn: true }, { isTurn: false }];
    one.attach(readOne);
    two.attach(readTwo);
    const later = two.iterate(second.source).next();
    const chunks = one.iterate(first.source);
    await turns();
    expect(second.seen.asked).toBe(0);
    await chunks.next();
    await turns();
    expect(second.seen.asked).toBe(0);
    await chunks.next();
    await turns();
    expect(second.seen.asked).toBe(0);
    readTwo.isTurn = true;
    two.lookAgain();
    expect((await later).value).toHaveLength(5 * MIB);
  });

  test.each<[string, (chunks: MeteredChunks) => Promise<unknown>]>([
    ['waits for one', (chunks) => chunks.next()],
    ['has them handed over', (chunks) => chunks.each(() => undefined)],
  ])(
    'do not wait once nobody wants them: the body is left, and whoever %s has the reason',
    async (_, ask) => {
      const { free, makeMeter } = neighbourhood();
      const meter = makeMeter();
      const reader = { isTurn: false };
      meter.attach(reader);
      const { seen, source } = leavable();
      const waiting = ask(meter.iterate(source));
      await turns();
      const reason = new Error('stopped');
      meter.detach(reader, { error: reason });
      await expect(waiting).rejects.toBe(reason);
      expect(seen.wasLeft).toBe(true);
      expect(free()).toBe(MIB);
    },
  );

  test('come in order and are all given back, however they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 6 }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.integer({ min: 0, max: 3 }),
        async (bodies, atOnce) => {
          const { free, makeMeter } = neighbourhood();
          const readers = bodies.map(() => ({ isTurn: false }));
          const meters = bodies.map((_, index) => {
            const meter = makeMeter();
            meter.attach(readers[index]!);
            return meter;
          });
          const readings = bodies.map((sizes, index) =>
            lengths(meters[index]!.iterate(bodyOf(...sizes).source), atOnce),
          );
          for (const [index, reading] of readings.entries()) {
            readers[index]!.isTurn = true;
            meters[index]!.lookAgain();
            expect(await reading).toEqual(bodies[index]);
          }
          expect(free()).toBe(MIB);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('chunks that are handed over', () => {
  const wrong = new Error('wrong');

  test('are counted while they are with whoever takes them, and the next one waits for room there', async () => {
    const { free, makeMeter } = neighbourhood();
    const { seen, source } = bodyOf(1000, 5000, 2000);
    const held: number[] = [];
    const asked: number[] = [];
    await makeMeter()
      .iterate(source)
      .each(async () => {
        await turns();
        held.push(MIB - free());
        asked.push(seen.asked);
      });
    expect(held).toEqual([1000, 5000, 2000]);
    expect(asked).toEqual([1, 2, 3]);
    expect(free()).toBe(MIB);
  });

  test('fail with what the body fails with, and say so, wherever it does', async () => {
    const { free, makeMeter } = neighbourhood();
    const bodies: AsyncIterable<Uint8Array>[] = [
      (async function* () {
        yield noise(1000);
        await Promise.reject(wrong);
      })(),
      iterable(() => Promise.reject(wrong)),
      iterable(() => {
        throw wrong;
      }),
    ];
    for (const body of bodies) {
      const errors: unknown[] = [];
      const chunks = makeMeter().iterate({ body, size: undefined, onError: (error) => errors.push(error) });
      await expect(chunks.each(() => undefined)).rejects.toBe(wrong);
      expect(errors).toEqual([wrong]);
      expect(free()).toBe(MIB);
    }
  });

  test.each([
    ['throws', () => fail(wrong)],
    ['rejects', () => Promise.reject(wrong)],
  ])('leave the body if whoever takes them %s, which is not the fault of the body', async (_, take) => {
    const { free, makeMeter } = neighbourhood();
    const errors: unknown[] = [];
    let left = 0;
    const body = iterable(
      () => Promise.resolve({ done: false, value: noise(1000) }),
      () => {
        left++;
        return Promise.reject(new Error('cannot be left'));
      },
    );
    const chunks = makeMeter().iterate({ body, size: undefined, onError: (error) => errors.push(error) });
    await expect(chunks.each(take)).rejects.toBe(wrong);
    expect(left).toBe(1);
    expect(errors).toEqual([]);
    expect(free()).toBe(MIB);
  });
});

function fail(error: Error): never {
  throw error;
}

function iterable(
  next: () => Promise<IteratorResult<Uint8Array>>,
  leave?: () => Promise<IteratorResult<Uint8Array>>,
): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next, ...(leave && { return: leave }) }) };
}

/** A body that says whether it was left before it was asked for anything. */
function leavable() {
  const seen = { wasLeft: false };
  const next = () => Promise.resolve({ done: true as const, value: undefined });
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next,
      return: () => {
        seen.wasLeft = true;
        return next();
      },
    }),
  };
  return { seen, source: { body, size: undefined, onError: () => undefined } };
}

/** Asks for so many chunks at once; for none, has them handed over. */
async function lengths(chunks: MeteredChunks, atOnce: number): Promise<number[]> {
  const found: number[] = [];
  if (atOnce === 0) {
    await chunks.each((chunk) => void found.push(chunk.length));
    return found;
  }
  for (;;) {
    const answers = await Promise.all(Array.from({ length: atOnce }, () => chunks.next()));
    for (const { done, value } of answers) {
      if (done) return found;
      found.push(value.length);
    }
  }
}
