import { join } from 'node:path';

import { type Body, createChannel, type Source, type SourceObject } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';
import { bytesOf, check, contextOf, keysOf, readAll } from './source-helpers.js';

/** Objects by key, in the order in which a source has to list them. */
export type Contents = ReadonlyMap<string, Uint8Array>;

/** A source to hold against the contract, and what has to be in it. */
export interface SourceUnderTest extends Partial<AsyncDisposable> {
  readonly source: Source;
  /** In order: key and content. Default: the contents, as they are. */
  readonly expected?: readonly (readonly [key: string, content: Uint8Array])[];
  /** How many objects every entry of `index()` has. Default: 1. */
  readonly perEntry?: number;
  /** A source of the same kind in which there is nothing, if that can be found out early. */
  readonly empty?: Source;
}

/**
 * The contents that a source has to show. In the order of their UTF-8 bytes, which is neither that of JavaScript's
 * strings nor that of any locale, nor the one in which directories are walked.
 */
const CONTENTS: Contents = new Map<string, Uint8Array>([
  ['A', noise(1, 1)],
  ['B/1', noise(65_536, 2)],
  ['a b', noise(65_535, 3)],
  ['a-b', noise(5, 4)],
  ['a.b', noise(4, 5)],
  ['a/b', noise(3, 6)],
  ['a/b2/c', noise(0, 7)],
  ['a0', noise(1_048_577, 8)],
  ['part-10', noise(100, 9)],
  ['part-9', noise(100, 10)],
  ['z', noise(10, 11)],
  ['ä/ö', noise(10, 12)],
  ['\uff5e', noise(10, 13)],
  ['😀', noise(3_000_000, 14)],
]);

/** What every source has to keep, whatever it reads from. `make` gives a new source of these objects. */
export function describeSource(
  name: string,
  make: (
    contents: Contents,
    scratch: ReturnType<typeof useScratch>,
  ) => SourceUnderTest | Promise<SourceUnderTest>,
): void {
  describe(`${name} is a source that`, () => {
    const scratch = useScratch();
    const hold = async () => new Held(await make(CONTENTS, scratch));

    test('lists the same objects in the same order every time, one by one and by pages', async () => {
      await using held = await hold();
      const { source, keys } = held;
      await check(source);
      expect(await keysOf(source)).toEqual(keys);
      expect(await keysOf(source)).toEqual(keys);
      if (source.pages) expect((await listed(byPages(source))).map(({ key }) => key)).toEqual(keys);
    });

    test('gives every object’s bytes, and a size that is true or none', async () => {
      await using held = await hold();
      const read = await readAll(held.source);
      expect(read.map(({ key, bytes }) => [key, sha256(bytes)])).toEqual(held.digests);
      for (const { size, bytes } of read) if (size !== undefined) expect(size).toBe(bytes.length);
    });

    test('gives parts, if any, that are as long as the object', async () => {
      await using held = await hold();
      for await (const object of held.source.objects(contextOf())) {
        const { parts }: Body = object.open(contextOf());
        if (parts === undefined) continue;
        expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(object.size);
      }
    });

    test('can be read in any order, and several at once', async () => {
      await using held = await hold();
      const objects = (await listed(held.source.objects(contextOf()))).reverse();
      const read = await Promise.all(
        objects.map(async (object) => [object.key, sha256(await bytesOf(object))]),
      );
      expect(read.reverse()).toEqual(held.digests);
    });

    test('lists two epochs at once', async () => {
      await using held = await hold();
      const [one, two] = await Promise.all([keysOf(held.source), keysOf(held.source)]);
      expect([one, two]).toEqual([held.keys, held.keys]);
    });

    test('may be given up at any moment: its list, its objects before they are read, a body in its middle', async () => {
      await using held = await hold();
      const { source } = held;
      for (let count = 0; count < 3; count++) {
        let seen = 0;
        for await (const object of source.objects(contextOf())) {
          object.open(contextOf());
          if (seen++ === count) break;
        }
      }
      for await (const object of source.objects(contextOf()))
        for await (const chunk of object.open(contextOf())) if (chunk.length >= 0) break;
      expect(await keysOf(source)).toEqual(held.keys);
    });

    test('says when there is nothing, if it can', async () => {
      await using held = await hold();
      if (held.empty) await expect(check(held.empty)).rejects.toMatchObject({ code: 'SOURCE_EMPTY' });
      await held.empty?.close?.();
    });

    test('never lets a list look complete that was aborted: before it, after the first object, by pages', async () => {
      await using held = await hold();
      const { source, keys } = held;
      for (const list of [oneByOne, byPages]) {
        for (const first of [true, false]) {
          const controller = new AbortController();
          const reason = new Error('enough');
          if (first) controller.abort(reason);
          const seen: string[] = [];
          const listing = (async () => {
            for await (const { key } of list(source, controller.signal)) {
              seen.push(key);
              controller.abort(reason);
            }
          })();
          // Whoever has all of it may say so.
          if (await rejectsWith(listing, reason)) expect(keys.slice(0, seen.length)).toEqual(seen);
          else expect(seen).toEqual(keys);
        }
      }
    });

    test('never lets a body look complete that was aborted: before it, and in its middle', async () => {
      await using held = await hold();
      const large = held.expected.reduce((a, b) => (b[1].length > a[1].length ? b : a));
      for (const first of [true, false]) {
        const objects = await listed(held.source.objects(contextOf()));
        const object = objects.find(({ key }) => key === large[0])!;
        const controller = new AbortController();
        const reason = new Error('enough');
        if (first) controller.abort(reason);
        const chunks: Uint8Array[] = [];
        const reading = (async () => {
          for await (const chunk of object.open(contextOf(controller.signal))) {
            chunks.push(chunk);
            controller.abort(reason);
          }
        })();
        if (!(await rejectsWith(reading, reason))) expect(sha256(...chunks)).toBe(sha256(large[1]));
      }
      expect(await keysOf(held.source)).toEqual(held.keys);
    });

    test('can be closed twice, in the middle of a body, and used afterwards', async () => {
      await using held = await hold();
      const { source } = held;
      for await (const object of source.objects(contextOf())) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of object.open(contextOf())) {
          if (chunks.push(chunk) === 1) await source.close?.();
        }
        expect(sha256(...chunks)).toBe(sha256(held.expected.find(([key]) => key === object.key)![1]));
      }
      await source.close?.();
      expect((await readAll(source)).map(({ key, bytes }) => [key, sha256(bytes)])).toEqual(held.digests);
    });

    test('has an index, if any, with every entry at its place, in any order', async () => {
      await using held = await hold();
      if (!held.source.index) return; // optional: a source without one is indexed by listing it
      const { perEntry, digests } = held;
      const index = await held.source.index(contextOf());
      const length = digests.length / perEntry;
      expect(index.length).toBe(length);
      const backwards = Array.from({ length }, (_, position) => length - 1 - position);
      const positions = [...backwards, 0, ...backwards.keys()];
      const found: SourceObject[] = [];
      for await (const page of index.read(positions)) found.push(...page);
      const read = await Promise.all(
        found.map(async (object) => [object.key, sha256(await bytesOf(object))]),
      );
      expect(read).toEqual(positions.flatMap((at) => digests.slice(at * perEntry, (at + 1) * perEntry)));
      for await (const _ of index.read(positions)) break;
      await index.close?.();
    });

    test.each([
      ['raw', {}, (bytes: Uint8Array) => bytes],
      ['as RecordIO', { recordio: true }, recordOf],
    ])('streams through a channel, %s, epoch after epoch', async (_how, options, encode) => {
      await using held = await hold();
      const { source } = held;
      const expected = held.expected.map(([key, bytes]) => [key, encode(bytes)] as const);
      await using channel = createChannel({
        name: 'train',
        source,
        dest: scratch.dest,
        epochs: 3,
        ...options,
      });
      const seen: string[] = [];
      channel.on('object', ({ epoch, key, bytes }) => seen.push(`${epoch} ${key} ${bytes}`));
      await channel.start();
      for (let epoch = 0; epoch < 3; epoch++) {
        const read = await readFifo(join(channel.dest, `train_${epoch}`));
        expect(sha256(read)).toBe(sha256(...expected.map(([, bytes]) => bytes)));
      }
      await channel.finished();
      expect(seen).toEqual(
        [0, 1, 2].flatMap((epoch) => expected.map(([key, { length }]) => `${epoch} ${key} ${length}`)),
      );
    });
  });
}

test('the contents are in the order of the UTF-8 bytes of their keys', () => {
  const keys = [...CONTENTS.keys()];
  expect([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(keys);
});

/** A source that is closed at the end of a test, as a channel does. */
class Held implements AsyncDisposable {
  readonly source: Source;
  readonly expected: readonly (readonly [key: string, content: Uint8Array])[];
  readonly keys: readonly string[];
  readonly digests: readonly (readonly [key: string, sha256: string])[];
  readonly perEntry: number;
  readonly empty: Source | undefined;
  readonly #dispose: () => PromiseLike<void> | undefined;

  constructor(it: SourceUnderTest) {
    this.source = it.source;
    this.expected = it.expected ?? [...CONTENTS];
    this.keys = this.expected.map(([key]) => key);
    this.digests = this.expected.map(([key, bytes]) => [key, sha256(bytes)]);
    this.perEntry = it.perEntry ?? 1;
    this.empty = it.empty;
    this.#dispose = () => it[Symbol.asyncDispose]?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.close?.();
    await this.#dispose();
  }
}

async function listed(
  objects: AsyncIterable<SourceObject> | Iterable<SourceObject>,
): Promise<SourceObject[]> {
  const all: SourceObject[] = [];
  for await (const object of objects) all.push(object);
  return all;
}

async function* oneByOne(source: Source, signal?: AbortSignal): AsyncGenerator<SourceObject> {
  yield* source.objects(contextOf(signal));
}

async function* byPages(source: Source, signal?: AbortSignal): AsyncGenerator<SourceObject> {
  if (!source.pages) yield* source.objects(contextOf(signal));
  else for await (const page of source.pages(contextOf(signal))) yield* page;
}

/** Whether something fails with this reason; with another one, the test does. */
async function rejectsWith(work: Promise<void>, reason: Error): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    expect(error).toBe(reason);
    return true;
  }
}
