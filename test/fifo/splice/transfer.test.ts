import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { expect, test } from 'vitest';

import { EAGAIN, EINVAL, EPIPE, type Libc } from '../../../src/native/libc.js';
import { STAGE_BYTES, Transfer } from '../../../src/fifo/splice/transfer.js';
import { noise } from '../../support/bytes.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();
const PIPE = -7;

/** A pipe that takes what the test says, and files that cannot be spliced: what few systems have. */
function fake({
  room = [Infinity] as (number | 'EAGAIN' | 'EPIPE')[],
  pread = undefined as Libc['pread'] | undefined,
}) {
  const written: Buffer[] = [];
  let turn = 0;
  const libc = {
    open: (path: string) => openSync(path, 'r'),
    close: (fd: number) => (closeSync(fd), 0),
    pread: pread ?? ((fd, buffer, length, offset) => readSync(fd, buffer, 0, length, offset)),
    splice: () => -EINVAL,
    fileStatus: (fd: number) => fstatSync(fd),
    write(fd: number, buffer: Uint8Array, length: number) {
      expect(fd).toBe(PIPE);
      const has = room[turn++ % room.length]!;
      if (has === 'EAGAIN') return -EAGAIN;
      if (has === 'EPIPE') return -EPIPE;
      const takes = Math.min(has, length);
      written.push(Buffer.from(buffer.subarray(0, takes)));
      return takes;
    },
  } as unknown as Libc;
  return { libc, written };
}

function run(libc: Libc, parts: ConstructorParameters<typeof Transfer>[2]): { end: string; taken: number } {
  const taken = new Float64Array(1);
  const transfer = new Transfer(libc, PIPE, parts, taken, new Uint8Array(STAGE_BYTES));
  try {
    for (;;) {
      const end = transfer.step();
      if (end === 'done' || end === 'closed') return { end, taken: taken[0]! };
    }
  } finally {
    transfer.close();
  }
}

test('a file that cannot be spliced is read instead, through a pipe that takes a little at a time', () => {
  const bytes = noise(1_000_001);
  scratch.files({ a: bytes });
  const path = scratch.path('a');
  const { libc, written } = fake({ room: [10_000, 'EAGAIN', 1, 70_000] });
  const parts = [
    noise(5, 2),
    { path, offset: 0, length: bytes.length, fileSize: bytes.length },
    noise(300_000, 3),
    { path, offset: 7, length: 100, fileSize: bytes.length },
    { path, offset: 100_000, length: 70_000, fileSize: bytes.length },
  ];
  const expected = Buffer.concat([
    noise(5, 2),
    bytes,
    noise(300_000, 3),
    bytes.subarray(7, 107),
    bytes.subarray(100_000, 170_000),
  ]);
  expect(run(libc, parts)).toEqual({ end: 'done', taken: expected.length });
  expect(Buffer.concat(written).equals(expected)).toBe(true);
});

test('a file that cannot be spliced and is cut off fails instead of being read for ever', () => {
  scratch.files({ a: noise(100_000) });
  const { libc } = fake({});
  const parts = [{ path: scratch.path('a'), offset: 0, length: 200_000 }];
  expect(() => run(libc, parts)).toThrow(
    expect.objectContaining({
      code: 'SOURCE_SHRANK',
      message: expect.stringContaining('found 100000') as string,
    }),
  );
});

test('a reader that leaves ends it', () => {
  scratch.files({ a: noise(1_000_000) });
  const { libc } = fake({ room: [100_000, 'EPIPE'] });
  const parts = [{ path: scratch.path('a'), offset: 0, length: 1_000_000 }];
  expect(run(libc, parts)).toEqual({ end: 'closed', taken: 100_000 });
});
