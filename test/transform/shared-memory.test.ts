import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { gunzip } from '../../src/transform/gunzip.js';
import { recordio } from '../../src/transform/recordio.js';
import { contextOf } from '../source/source-helpers.js';
import { collect, inChunks, noise, recordOf } from '../support/bytes.js';

/** Chunks as sockets deliver them: several of them are views of the same memory. */
const content = noise(300_000, 3);

test('gunzip leaves chunks alone that share their memory', async () => {
  const open = () => inChunks(gzipSync(content), [10_000]);
  const body = gunzip()({ key: 'a', open }).open(contextOf());
  expect((await collect(body)).equals(content)).toBe(true);
});

test('a record that is buffered in a file leaves chunks alone that share their memory', async () => {
  const memory = { tryReserve: () => false, release: () => undefined };
  const open = () => inChunks(content, [10_000]);
  const body = recordio()({ key: 'a', open }).open({ ...contextOf(), memory });
  expect((await collect(body)).equals(recordOf(content))).toBe(true);
});

test('gunzip passes what says that it is not compressed', async () => {
  const object = {
    key: 'a',
    size: 3,
    compressed: false,
    open: () => inChunks(Buffer.from('abc'), [2]),
  } as const;
  expect(gunzip()(object)).toBe(object);
});
