import { describe, expect, test } from 'vitest';

import type { Source, SourceObject } from '../../src/source/source.js';
import { bytesOf, contextOf, rejection } from './source-helpers.js';

/** A source to hold against the contract, and what has to be in it. */
export interface SourceUnderTest extends AsyncDisposable {
  readonly source: Source;
  /** In order: key and content. */
  readonly expected: readonly (readonly [key: string, content: string])[];
  /** How many objects every entry of `index()` has. Default: 1. */
  readonly perEntry?: number;
  /** A source of the same kind in which there is nothing. */
  readonly empty: Source;
}

/** What every source has to pass. */
export function describeSource(name: string, make: () => Promise<SourceUnderTest>): void {
  describe(`${name} keeps the contract of a source:`, () => {
    test('it lists the same objects in every epoch, one by one and by pages', async () => {
      await using it = await make();
      expect(await contents(oneByOne(it.source))).toEqual(it.expected);
      expect(await contents(oneByOne(it.source))).toEqual(it.expected);
      if (it.source.pages) expect(await contents(byPages(it.source))).toEqual(it.expected);
    });

    test('a size is the number of bytes', async () => {
      await using it = await make();
      for await (const object of oneByOne(it.source)) {
        const { length } = await bytesOf(object);
        expect(object.size ?? length).toBe(length);
      }
    });

    test('it has something to call it, and finds that there is something', async () => {
      await using it = await make();
      expect(it.source.description).toBeTruthy();
      await it.source.check?.(contextOf());
    });

    test('it says when there is nothing', async () => {
      await using it = await make();
      const error = await rejection(Promise.resolve().then(() => it.empty.check?.(contextOf())));
      expect(error.code).toBe('SOURCE_EMPTY');
      await it.empty.close?.();
    });

    test('it can be left after the first object, and in the middle of one', async () => {
      await using it = await make();
      for await (const _ of oneByOne(it.source)) break;
      for await (const object of oneByOne(it.source)) {
        for await (const chunk of object.open(contextOf())) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
        break;
      }
      expect(await contents(oneByOne(it.source))).toEqual(it.expected);
    });

    test('it ends, or fails with the reason, when the epoch is over before it begins', async () => {
      await using it = await make();
      const signal = AbortSignal.abort(new Error('over'));
      const listed = (async () => {
        for await (const _ of pagesOf(it.source, signal));
      })();
      await listed.catch((error: unknown) => expect(error).toBe(signal.reason));
    });

    test('it can be closed twice, and used afterwards', async () => {
      await using it = await make();
      await contents(oneByOne(it.source));
      await it.source.close?.();
      await it.source.close?.();
      expect(await contents(oneByOne(it.source))).toEqual(it.expected);
    });

    test('its index has every entry at its place, in any order', async () => {
      await using it = await make();
      if (!it.source.index) return; // optional, and sources without are indexed by listing them
      const { perEntry = 1 } = it;
      const index = await it.source.index(contextOf());
      const length = it.expected.length / perEntry;
      expect(index.length).toBe(length);
      const backwards = Array.from({ length }, (_, position) => length - 1 - position);
      const positions = [...backwards, 0, ...backwards.keys()];
      const found: SourceObject[] = [];
      for await (const page of index.read(positions)) found.push(...page);
      const wanted = positions.flatMap((at) => it.expected.slice(at * perEntry, (at + 1) * perEntry));
      expect(await contents(found)).toEqual(wanted);
      for await (const _ of index.read(positions)) break;
      await index.close?.();
    });
  });
}

async function contents(
  objects: AsyncIterable<SourceObject> | Iterable<SourceObject>,
): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for await (const object of objects) all.push([object.key, (await bytesOf(object)).toString()]);
  return all;
}

async function* oneByOne(source: Source): AsyncGenerator<SourceObject> {
  yield* source.objects(contextOf());
}

async function* byPages(source: Source): AsyncGenerator<SourceObject> {
  for await (const page of source.pages!(contextOf())) yield* page;
}

async function* pagesOf(source: Source, signal: AbortSignal): AsyncGenerator<readonly SourceObject[]> {
  if (source.pages) yield* source.pages(contextOf(signal));
  else for await (const object of source.objects(contextOf(signal))) yield [object];
}
