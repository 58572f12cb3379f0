import { expect, test } from 'vitest';

import type { FileRange, LocalPart } from '../../src/body/body.js';
import { partStreamOf } from '../../src/body/part-stream.js';
import { PartsBody } from '../../src/body/parts-body.js';
import { recordio } from '../../src/transform/recordio.js';
import { inChunks, noise, recordOf, sha256 } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';

useScratch();

const payload = noise(3_000_001);

/** The record of a payload of which so many bytes may be in memory. */
function record(bytes: number) {
  let free = bytes;
  const memory = {
    tryReserve: (wanted: number) => {
      if (wanted > free) return false;
      free -= wanted;
      return true;
    },
    release: (given: number) => {
      free += given;
    },
  };
  const { signal } = new AbortController();
  const object = recordio()({ key: 'a', open: () => inChunks(payload, [1000]) });
  return { body: object.open({ memory, signal }), free: () => free };
}

test('what a record has put into a file is handed on as a range of that file', async () => {
  const { body, free } = record(1_000_000);
  const ranges: FileRange[] = [];
  const read: Uint8Array[] = [];
  for await (const part of partStreamOf(body)!() as AsyncIterable<LocalPart>) {
    if (!(part instanceof Uint8Array)) ranges.push(part);
    for await (const chunk of new PartsBody([part])) read.push(chunk);
  }
  expect(sha256(...read)).toBe(sha256(recordOf(payload)));
  expect(ranges).toHaveLength(1);
  expect(ranges[0]!.length).toBeGreaterThan(2_000_000);
  expect(free()).toBe(1_000_000);
});

test('whoever reads such a record as bytes gets bytes', async () => {
  const { body, free } = record(1_000_000);
  const read: Uint8Array[] = [];
  for await (const chunk of body) read.push(chunk);
  expect(sha256(...read)).toBe(sha256(recordOf(payload)));
  expect(free()).toBe(1_000_000);
});
