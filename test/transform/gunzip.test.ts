import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { createChannel, gunzip, type Source } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { inChunks, noise, recordOf, sha256 } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { startS3Server } from '../support/s3-server.js';
import { readWithPython } from '../support/python-reader.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';

const scratch = useScratch();

const plain = [
  noise(0),
  noise(1, 1),
  noise(300_000, 2),
  Buffer.alloc(5_000_000, 'compressible'),
  noise(65_536, 3),
];
const zipped = plain.map((bytes) => gzipSync(bytes));
const key = (index: number) => `part-${index}.gz`;

/** The same compressed bytes from every kind of source. */
const kinds: [string, (bodies: readonly Buffer[]) => string | Source | { key: string; body: Buffer }[]][] = [
  ['files', (bodies) => scratch.files(Object.fromEntries(bodies.map((body, i) => [key(i), body])))],
  ['memory', (bodies) => bodies.map((body, i) => ({ key: key(i), body }))],
  [
    'bodies in JavaScript',
    (bodies) => ({
      objects: () =>
        bodies.map((body, i) => ({ key: key(i), open: () => inChunks(body, [1, 5, 0, 70_000]) })),
    }),
  ],
];

describe.each(kinds)('from %s', (kind, source) => {
  test('inflates, and wraps what it inflated', async () => {
    for (const recordio of [false, true]) {
      await using channel = createChannel({
        name: 'train',
        source: source(zipped),
        dest: scratch.dest,
        gunzip: true,
        recordio,
        epochs: 3,
      });
      await channel.start();
      const epochs = await readWithPython({ dir: channel.dest, channel: 'train', epochs: 3, recordio });
      await channel.finished();
      const expected = sha256(...(recordio ? plain.map(recordOf) : plain));
      expect(epochs.map((epoch) => epoch.sha256)).toEqual([expected, expected, expected]);
    }
  });

  test.each([false, true])('an empty object is empty, with recordio: %s', async (recordio) => {
    const empty = Buffer.alloc(0);
    await using channel = createChannel({
      name: 'train',
      source: source([empty, zipped[2]!, empty, empty, zipped[1]!, empty]),
      dest: scratch.dest,
      gunzip: true,
      recordio,
      epochs: 1,
    });
    const objects: number[] = [];
    channel.on('object', ({ bytes }) => objects.push(bytes));
    await channel.start();
    const expected = [empty, plain[2]!, empty, empty, plain[1]!, empty].map((bytes) =>
      recordio ? recordOf(bytes) : bytes,
    );
    expect(sha256(await readFifo(join(channel.dest, 'train_0')))).toBe(sha256(...expected));
    await channel.finished();
    expect(objects).toEqual(expected.map(({ length }) => length));
  });

  test('several members in one object', async () => {
    const members = Buffer.concat(zipped);
    await using channel = createChannel({
      name: 'train',
      source: source([members, members]),
      dest: scratch.dest,
      gunzip: true,
      epochs: 1,
    });
    await channel.start();
    expect(sha256(await readFifo(join(channel.dest, 'train_0')))).toBe(sha256(...plain, ...plain));
    await channel.finished();
  });

  const flipped = Buffer.from(zipped[2]!);
  flipped[150_000]! ^= 0xff;
  const wrongSum = Buffer.from(zipped[2]!);
  wrongSum[wrongSum.length - 6]! ^= 1;
  const wrongLength = Buffer.from(zipped[2]!);
  wrongLength[wrongLength.length - 1]! ^= 1;
  const secondBroken = Buffer.concat([zipped[1]!, zipped[2]!]);
  secondBroken[zipped[1]!.length] = 0;
  const bad: [string, Buffer, string][] = [
    ['not gzip', Buffer.from('a,b,c\n1,2,3\n'), 'GZIP_INVALID'],
    ['one byte', zipped[2]!.subarray(0, 1), 'GZIP_TRUNCATED'],
    ['cut off in its header', zipped[2]!.subarray(0, 9), 'GZIP_TRUNCATED'],
    ['cut off in the middle', zipped[2]!.subarray(0, 150_000), 'GZIP_TRUNCATED'],
    ['cut off before its last byte', zipped[2]!.subarray(0, -1), 'GZIP_TRUNCATED'],
    [
      'cut off in the second member',
      Buffer.concat([zipped[1]!, zipped[2]!.subarray(0, 1000)]),
      'GZIP_TRUNCATED',
    ],
    [
      'cut off in the header of the second member',
      Buffer.concat([zipped[2]!, zipped[1]!.subarray(0, 1)]),
      'GZIP_TRUNCATED',
    ],
    ['with a flipped byte', flipped, 'GZIP_INVALID'],
    ['with a wrong checksum', wrongSum, 'GZIP_INVALID'],
    ['with a wrong length', wrongLength, 'GZIP_INVALID'],
    ['with a broken second member', secondBroken, 'GZIP_INVALID'],
    [
      'followed by something else',
      Buffer.concat([zipped[2]!, Buffer.from('something else')]),
      'GZIP_INVALID',
    ],
  ];

  test.each(bad)('an object that is %s fails the channel and holds its reader', async (_what, body, code) => {
    for (const recordio of kind === 'files' ? [false, true] : [false]) {
      await using channel = createChannel({
        name: 'train',
        source: source([zipped[1]!, body, zipped[1]!]),
        dest: scratch.dest,
        gunzip: true,
        recordio,
      });
      await channel.start();
      const finished = rejection(channel.finished());
      using probe = await probeEpoch(channel);
      const reading = probe.rest();
      const error = await finished;
      expect(error).toMatchObject({ code, key: key(1), channel: 'train', epoch: 0 });
      expect(error.message).toContain(`Channel "train", epoch 0: Object "${key(1)}"`);
      expect(error.message).toContain('Upload or copy it again, or leave `gunzip` out');
      expect(error.cause).toBeInstanceOf(Error);
      expect(channel.state).toBe('failed');
      // Nothing has been told to the reader but what it was sent: the end comes with stop(), and not before.
      await channel.stop();
      await reading;
    }
  });

  test('zeros after the last member are padding, as tar and tapes have it', async () => {
    const padded = Buffer.concat([zipped[2]!, Buffer.alloc(512)]);
    await using channel = createChannel({
      name: 'train',
      source: source([padded, padded]),
      dest: scratch.dest,
      gunzip: true,
      epochs: 1,
    });
    await channel.start();
    expect(sha256(await readFifo(join(channel.dest, 'train_0')))).toBe(sha256(plain[2]!, plain[2]!));
    await channel.finished();
  });
});

test('transforms before and after it', async () => {
  const reverse = (bytes: Uint8Array) => Buffer.from(bytes).map((byte) => byte ^ 0x55);
  await using channel = createChannel({
    name: 'train',
    source: [{ key: 'a', body: reverse(zipped[2]!) }],
    dest: scratch.dest,
    transforms: [xor, gunzip(), xor],
    recordio: true,
    epochs: 1,
  });
  await channel.start();
  expect(sha256(await readFifo(join(channel.dest, 'train_0')))).toBe(sha256(recordOf(reverse(plain[2]!))));
  await channel.finished();

  function xor(object: { key: string; open(context: never): AsyncIterable<Uint8Array> }) {
    return {
      key: object.key,
      async *open(context: never) {
        for await (const chunk of object.open(context)) yield reverse(chunk);
      },
    };
  }
});

test('leaves the source’s own bytes alone', async () => {
  const before = zipped.map((bytes) => sha256(bytes));
  await using channel = createChannel({
    name: 'train',
    source: {
      objects: () => zipped.map((body, i) => ({ key: key(i), open: () => inChunks(body, [100_000]) })),
    },
    dest: scratch.dest,
    gunzip: true,
    epochs: 2,
  });
  await channel.start();
  for (const epoch of [0, 1])
    expect(sha256(await readFifo(join(channel.dest, `train_${epoch}`)))).toBe(sha256(...plain));
  await channel.finished();
  expect(zipped.map((bytes) => sha256(bytes))).toEqual(before);
});

test('an empty object in S3 is empty', async () => {
  await using server = await startS3Server();
  server.createBucket('data');
  server.put('data', 'a/_SUCCESS', Buffer.alloc(0));
  server.put('data', 'a/part-0.gz', zipped[2]!);
  await using channel = createChannel({
    name: 'train',
    source: 's3://data/a',
    dest: scratch.dest,
    s3: server.clientConfig,
    gunzip: true,
    epochs: 1,
  });
  await channel.start();
  expect(sha256(await readFifo(join(channel.dest, 'train_0')))).toBe(sha256(plain[2]!));
  await channel.finished();
});
