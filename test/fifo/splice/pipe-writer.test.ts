import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

import { expect, test } from 'vitest';

import type { LocalPart } from '../../../src/body/body.js';
import { nativeFiles } from '../../../src/fifo/splice/file-access.js';
import { PartsFeed } from '../../../src/fifo/splice/parts-feed.js';
import { nativeOutput } from '../../../src/fifo/splice/pipe-output.js';
import { PipeWriter } from '../../../src/fifo/splice/pipe-writer.js';
import { listedAs } from '../../../src/fs/file-errors.js';
import { EAGAIN, EINVAL, EPIPE, type Libc } from '../../../src/native/libc.js';
import { noise } from '../../support/bytes.js';
import { rewriteWithOldTime } from '../../support/old-time.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();
const PIPE = -7;

/** A pipe that takes what the test says, and files that cannot be spliced: what few systems have. */
function fake({ room = [Infinity] as (number | 'EAGAIN' | 'EPIPE')[] }) {
  const written: Buffer[] = [];
  let turn = 0;
  const libc = {
    open: (path: string) => openSync(path, 'r'),
    close: (fd: number) => (closeSync(fd), 0),
    pread: (fd: number, buffer: Uint8Array, length: number, offset: number) =>
      readSync(fd, buffer, 0, length, offset),
    splice: () => -EINVAL,
    pipeSize: () => 4096,
    unread: () => 0,
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

function writerOf(libc: Libc, taken: Float64Array): PipeWriter {
  return new PipeWriter({
    files: nativeFiles(libc),
    output: nativeOutput(libc, PIPE, taken),
    taken,
    reading: new Uint8Array(1),
    stages: [new Uint8Array(70_000), new Uint8Array(70_000)],
  });
}

function run(libc: Libc, ...batches: LocalPart[][]): { end: string; taken: number; done: number } {
  const taken = new Float64Array(1);
  const files = nativeFiles(libc);
  const writer = writerOf(libc, taken);
  let done = 0;
  for (const parts of batches) writer.add(new PartsFeed(parts, files, () => done++));
  try {
    for (;;) {
      const end = writer.step();
      if (end === 'idle' || end === 'closed') return { end, taken: taken[0]!, done };
    }
  } finally {
    writer.close();
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
  expect(run(libc, parts.slice(0, 2), parts.slice(2))).toEqual({
    end: 'idle',
    taken: expected.length,
    done: 2,
  });
  expect(Buffer.concat(written).equals(expected)).toBe(true);
});

test('parts that fill a stage exactly lose nothing of what follows', () => {
  const { libc, written } = fake({});
  const parts = [
    noise(50_000, 1),
    noise(20_000, 2),
    noise(30_000, 3),
    new Uint8Array(0),
    noise(40_000, 4),
    noise(5, 5),
  ];
  expect(run(libc, parts)).toEqual({ end: 'idle', taken: 140_005, done: 1 });
  expect(Buffer.concat(written).equals(Buffer.concat(parts))).toBe(true);
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

test('what was spliced is checked when it was read, however much the reader lets the pipe hold', () => {
  scratch.files({ a: noise(1_000_000) });
  const path = scratch.path('a');
  const { libc } = fake({});
  let unread = 0;
  const spliced: number[] = [];
  Object.assign(libc, {
    splice: (_fd: number, offset: BigInt64Array, _pipe: number, length: number) => {
      offset[0]! += BigInt(length);
      spliced.push(length);
      return length;
    },
    unread: () => unread,
  });
  const taken = new Float64Array(1);
  const files = nativeFiles(libc);
  const writer = writerOf(libc, taken);
  const range = { path, offset: 0, length: 1_000_000, ...listedAs(statSync(path)) };
  let isSettled = false;
  writer.add(new PartsFeed([range], files, () => undefined));
  writer.settle(() => (isSettled = true));
  unread = 4097; // one byte more than what was copied at the end
  let end = writer.step();
  while (end === 'more') end = writer.step(); // its turn was over: the machine is busy
  expect(end).toBe('unread');
  expect(spliced).toEqual([1_000_000 - 4096]);
  expect([taken[0], isSettled]).toEqual([1_000_000, false]);
  rewriteWithOldTime(path);
  expect(writer.step()).toBe('unread');
  unread = 4096;
  expect(() => writer.step()).toThrow(expect.objectContaining({ code: 'SOURCE_CHANGED', path }));
  expect(isSettled).toBe(false);
  writer.close();
});

test('a reader that leaves ends it', () => {
  scratch.files({ a: noise(1_000_000) });
  const { libc } = fake({ room: [70_000, 30_000, 'EPIPE'] });
  const parts = [{ path: scratch.path('a'), offset: 0, length: 1_000_000 }];
  expect(run(libc, parts)).toEqual({ end: 'closed', taken: 100_000, done: 0 });
});
