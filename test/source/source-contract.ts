import { join } from 'node:path';

import { type Body, createChannel, type Source } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';
import { bytesOf, contextOf, keysOf, readAll } from './source-helpers.js';

/** Objects by key, in the order in which a source has to list them. */
type Contents = ReadonlyMap<string, Uint8Array>;

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
  make: (contents: Contents, scratch: ReturnType<typeof useScratch>) => Source | Promise<Source>,
): void {
  describe(`${name} is a source that`, () => {
    const scratch = useScratch();
    const keys = [...CONTENTS.keys()];

    test('lists its objects in the order of the UTF-8 bytes of their keys, the same every time', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      expect(await keysOf(held.source)).toEqual(keys);
      expect(await keysOf(held.source)).toEqual(keys);
      expect([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(keys);
    });

    test('gives every object’s bytes, and a size that is true or none', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      for (const { key, size, bytes } of await readAll(held.source)) {
        expect([key, sha256(bytes)]).toEqual([key, sha256(CONTENTS.get(key)!)]);
        if (size !== undefined) expect(size).toBe(bytes.length);
      }
    });

    test('gives parts, if any, that are as long as the object', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      for await (const object of held.source.objects(contextOf())) {
        const { parts }: Body = object.open(contextOf());
        if (parts === undefined) continue;
        expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(object.size);
      }
    });

    test('can be read in any order, and several at once', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      const objects = [];
      for await (const object of held.source.objects(contextOf())) objects.push(object);
      const read = await Promise.all(objects.reverse().map((object) => bytesOf(object)));
      expect(read.map((bytes) => sha256(bytes))).toEqual(
        objects.map(({ key }) => sha256(CONTENTS.get(key)!)),
      );
    });

    test('lists two epochs at once', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      const [one, two] = await Promise.all([keysOf(held.source), keysOf(held.source)]);
      expect([one, two]).toEqual([keys, keys]);
    });

    test('may be given up at any moment: its list, its objects before they are read, a body in its middle', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      for (let count = 0; count < 3; count++) {
        let listed = 0;
        for await (const object of held.source.objects(contextOf())) {
          object.open(contextOf());
          if (listed++ === count) break;
        }
      }
      for await (const object of held.source.objects(contextOf())) {
        for await (const chunk of object.open(contextOf())) if (chunk.length >= 0) break;
      }
    });

    test('stops listing when its signal is aborted', async () => {
      await using held = await hold(make(CONTENTS, scratch));
      const controller = new AbortController();
      const reason = new Error('enough');
      const listed: string[] = [];
      try {
        for await (const { key } of held.source.objects(contextOf(controller.signal))) {
          listed.push(key);
          controller.abort(reason);
        }
      } catch (error) {
        // To end by the signal's reason is as good.
        expect(controller.signal.aborted).toBe(true);
        expect(error).toBeInstanceOf(Error);
      }
      expect(keys.slice(0, listed.length)).toEqual(listed);
    });

    test.each([
      ['raw', {}, [...CONTENTS.values()]],
      ['as RecordIO', { recordio: true }, [...CONTENTS.values()].map(recordOf)],
    ])('streams through a channel, %s, epoch after epoch', async (_how, options, expected) => {
      await using channel = createChannel({
        name: 'train',
        source: await make(CONTENTS, scratch),
        dest: scratch.dest,
        epochs: 3,
        ...options,
      });
      const seen: string[] = [];
      channel.on('object', ({ epoch, key, bytes }) => seen.push(`${epoch} ${key} ${bytes}`));
      await channel.start();
      for (let epoch = 0; epoch < 3; epoch++)
        expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(sha256(...expected));
      await channel.finished();
      expect(seen).toEqual(
        [0, 1, 2].flatMap((epoch) => keys.map((key, i) => `${epoch} ${key} ${expected[i]!.length}`)),
      );
    });
  });
}

/** A source that is closed at the end of a test, as a channel does. */
async function hold(making: Source | Promise<Source>): Promise<AsyncDisposable & { source: Source }> {
  const source = await making;
  await source.check?.(contextOf());
  return { source, [Symbol.asyncDispose]: async () => source.close?.() };
}
