import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { BlockWriter } from '../../src/body/block-writer.js';
import { PartsBody } from '../../src/body/parts-body.js';
import { SpillBuffer } from '../../src/transform/spill-buffer.js';
import { noise } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';

useScratch();

const KIB = 1024;

/** A bound that remembers how much of it was taken. */
class Bound {
  held = 0;
  most = 0;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  tryReserve(bytes: number): boolean {
    if (this.held + bytes > this.#bytes) return false;
    this.held += bytes;
    this.most = Math.max(this.most, this.held);
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}

async function everything<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function passThrough(
  bytes: Buffer,
  cuts: readonly number[],
  bound: Bound,
): Promise<{ all: Buffer; chunks: number }> {
  const buffer = new SpillBuffer(bound, new AbortController().signal);
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const chunk = bytes.subarray(at, at + cuts[i % cuts.length]!);
      at += chunk.length;
      const room = buffer.append(chunk);
      if (room) await room;
    }
    expect(buffer.length).toBe(bytes.length);
    const drained: Buffer[] = [];
    for await (const chunk of new PartsBody(await everything(buffer.drain())))
      drained.push(Buffer.from(chunk));
    return { all: Buffer.concat(drained), chunks: drained.length };
  } finally {
    await buffer.close();
  }
}

describe('a buffer of unknown length', () => {
  test('gives what it was given, within its bound, whatever the chunks and the bound', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 3_000_000 }),
        fc.array(fc.oneof(fc.integer({ min: 300, max: 2000 }), fc.integer({ min: 1000, max: 900_000 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4_000_000 })),
        async (length, cuts, limit) => {
          const bound = new Bound(limit);
          const { all } = await passThrough(noise(length), cuts, bound);
          expect(all.equals(noise(length))).toBe(true);
          expect(bound.most).toBeLessThanOrEqual(limit);
          expect(bound.held).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('gathers small chunks, in memory and in the file', async () => {
    const inMemory = await passThrough(noise(20_000_000), [1000], new Bound(64_000 * KIB));
    expect(inMemory.chunks).toBeLessThan(100);
    const spilled = await passThrough(noise(20_000_000), [1000], new Bound(1024 * KIB));
    expect(spilled.chunks).toBeLessThan(40);
  });

  test('keeps one chunk as it is', async () => {
    const bound = new Bound(1000);
    const { chunks } = await passThrough(noise(1000), [1000], bound);
    expect([chunks, bound.most]).toEqual([1, 1000]);
  });

  test('gives back what it holds when it is given up', async () => {
    const ending = new AbortController();
    const bound = new Bound(2000 * KIB);
    const buffer = new SpillBuffer(bound, ending.signal);
    for (let i = 0; i < 4000; i++) await buffer.append(noise(1000, i));
    expect(bound.held).toBeGreaterThan(0);
    ending.abort();
    await buffer.close();
    expect(bound.held).toBe(0);
  });
});

describe('a writer of blocks', () => {
  /** A thread that answers when it is told to. */
  function threadOf(answer: (bytes: Uint8Array) => Promise<void>) {
    const written: number[] = [];
    const next = async (bytes: Uint8Array) => {
      written.push(bytes.length);
      await answer(bytes);
      return { done: false as const, value: undefined };
    };
    return { written, task: { next, close: () => Promise.resolve() } };
  }

  test('writes 6 MB of small chunks in few blocks', async () => {
    const { task, written } = threadOf(() => Promise.resolve());
    const writer = new BlockWriter(task, { count: 2, bytes: 256 * KIB });
    for (let i = 0; i < 6000; i++) await writer.append(noise(1000));
    await writer.flush();
    expect(written.reduce((sum, bytes) => sum + bytes)).toBe(6_000_000);
    expect(written.length).toBe(Math.ceil(6_000_000 / (256 * KIB)));
  });

  test('lets several blocks be under way, and waits when all are', async () => {
    const answers: (() => void)[] = [];
    const { task, written } = threadOf(() => new Promise((resolve) => answers.push(resolve)));
    const writer = new BlockWriter(task, { count: 2, bytes: 1000 });
    expect(writer.append(noise(1500))).toBeUndefined();
    expect(writer.append(noise(500))).toBeUndefined();
    const room = writer.append(noise(1));
    expect(room).toBeInstanceOf(Promise);
    expect(written).toEqual([1000, 1000]);
    answers[0]!();
    await room;
    answers[1]!();
    const flushed = writer.flush();
    answers[2]!();
    await flushed;
    expect(written).toEqual([1000, 1000, 1]);
  });

  test('tells of a block that could not be written, also if later ones could', async () => {
    let count = 0;
    const { task } = threadOf(() =>
      count++ === 0 ? Promise.reject(new Error('no room')) : Promise.resolve(),
    );
    const writer = new BlockWriter(task, { count: 3, bytes: 1000 });
    await writer.append(noise(2500));
    await expect(writer.flush()).rejects.toThrow('no room');
  });
});
