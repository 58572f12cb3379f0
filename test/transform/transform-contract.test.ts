import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { createChannel, gunzip, recordio, type SourceObject, type Transform } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { collect, inChunks, noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';
import { contextOf } from '../source/source-helpers.js';

interface Case {
  readonly transform: Transform;
  /** Makes an input that the transform accepts. */
  readonly input: (bytes: Buffer) => Buffer;
  /** The plain computation. */
  readonly plainly: (input: Buffer) => Buffer;
}

const scratch = useScratch();
const payloads = [0, 1, 3, 4, 5, 65_536, 1_048_577].map((size, index) => noise(size, index));

/** What every transform has to keep. */
function describeTransform(name: string, { transform, input, plainly }: Case): void {
  describe(`${name} is a transform that`, () => {
    const forms: [string, (bytes: Buffer) => Omit<SourceObject, 'key'>][] = [
      ['with a size', (bytes) => ({ size: bytes.length, open: () => inChunks(bytes, [100, 0, 70_000]) })],
      ['without a size', (bytes) => ({ open: () => inChunks(bytes, [70_000]) })],
      ['in small chunks', (bytes) => ({ open: () => inChunks(bytes, [bytes.length > 10_000 ? 997 : 1]) })],
      [
        'with parts',
        (bytes) => ({
          size: bytes.length,
          open: () => ({ parts: [bytes], [Symbol.asyncIterator]: () => inChunks(bytes, [5000]) }),
        }),
      ],
    ];

    test.each(forms)('computes what it says, of objects %s', async (_form, form) => {
      for (const bytes of payloads.map(input)) {
        const before = sha256(bytes);
        const expected = plainly(bytes);
        const object = transform({ key: 'k', ...form(bytes) });
        expect(object.key).toBe('k');
        if (object.size !== undefined) expect(object.size).toBe(expected.length);
        const got = await collect(object.open(contextOf()));
        expect([got.length, sha256(got)]).toEqual([expected.length, sha256(expected)]);
        expect(sha256(bytes)).toBe(before);
      }
    });

    test('reads nothing before its body is read, and opens the object once', async () => {
      let opened = 0;
      let read = 0;
      const object = transform({
        key: 'k',
        async *open() {
          opened++;
          yield* inChunks(input(noise(10)), [3]);
          read++;
        },
      });
      expect(opened).toBe(0);
      const body = object.open(contextOf());
      expect(read).toBe(0);
      await collect(body);
      expect([opened, read]).toEqual([1, 1]);
    });

    test('lets go of the object when it is given up', async () => {
      let released = 0;
      const object = transform({
        key: 'k',
        async *open() {
          try {
            yield* inChunks(input(noise(3_000_000)), [100_000]);
          } finally {
            released++;
          }
        },
      });
      for await (const _chunk of object.open(contextOf())) break;
      expect(released).toBe(1);
    });

    test('passes on what the object throws', async () => {
      const object = transform({
        key: 'k',
        async *open() {
          yield input(noise(100)).subarray(0, 5);
          throw new Error('broken on purpose');
        },
      });
      await expect(collect(object.open(contextOf()))).rejects.toThrow('broken on purpose');
    });

    test('works in a channel, on files', async () => {
      const inputs = payloads.map(input);
      scratch.files(Object.fromEntries(inputs.map((bytes, index) => [String(index), bytes])));
      await using channel = createChannel({
        name: 'train',
        source: scratch.dir,
        dest: scratch.dest,
        transforms: [transform],
        epochs: 2,
      });
      await channel.start();
      for (const epoch of [0, 1])
        expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(
          sha256(...inputs.map(plainly)),
        );
      await channel.finished();
    });
  });
}

describeTransform('recordio()', { transform: recordio(), input: (bytes) => bytes, plainly: recordOf });

describeTransform('gunzip()', {
  transform: gunzip(),
  input: (bytes) => gzipSync(bytes),
  plainly: (it) => gunzipSync(it),
});

const upperCase: Transform = (object) => ({
  ...object,
  async *open(context) {
    for await (const chunk of object.open(context)) yield Buffer.from(chunk.map((byte) => byte & 0xdf));
  },
});

describeTransform('a transform of one’s own', {
  transform: upperCase,
  input: (bytes) => bytes,
  plainly: (bytes) => Buffer.from(bytes.map((byte) => byte & 0xdf)),
});
