import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { BlockPool, shareBlocks } from '../../../src/fifo/inflate/block-pool.js';
import { LentBlocks } from '../../../src/fifo/inflate/lent-blocks.js';
import { EPERM, type Libc, loadLibc } from '../../../src/native/libc.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();
const libc = loadLibc();
const BLOCK_BYTES = 256 * 1024;

let reader: number;
let writer: number;
const taken = new Float64Array(1);

beforeEach(() => {
  const path = scratch.path('pipe');
  execFileSync('mkfifo', [path]);
  reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  libc?.setPipeSize(writer, 1024 * 1024);
  taken[0] = 0;
});

afterEach(() => {
  closeSync(reader);
  closeSync(writer);
});

function read(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) filled += readSync(reader, buffer, filled, bytes - filled, null);
  return buffer;
}

/** Lends a block that is full of one byte. */
function lend(lent: LentBlocks, block: Uint8Array, byte: number): void {
  block.fill(byte);
  expect(lent.mayLend(block, block)).toBe(true);
  expect(lent.move(block)).toBe(block.length);
  taken[0]! += block.length;
  lent.add(block);
}

describe.runIf(libc)('blocks that a pipe refers to', () => {
  test('are not used again before the reader has read them', () => {
    const pool = new BlockPool(shareBlocks(2 * BLOCK_BYTES), () => undefined);
    const lent = new LentBlocks(libc!, writer, taken, pool);
    const [one, other] = [pool.tryTake()!, pool.tryTake()!];
    lend(lent, one, 1);
    lend(lent, other, 2);
    expect(lent.collect()).toBe(true);
    expect(pool.tryTake()).toBeUndefined();
    expect(read(BLOCK_BYTES - 1).every((byte) => byte === 1)).toBe(true);
    expect(lent.collect()).toBe(true);
    expect(pool.tryTake()).toBeUndefined();
    expect([...read(2)]).toEqual([1, 2]);
    expect(lent.collect()).toBe(true);
    const again = pool.tryTake()!;
    expect(again.byteOffset).toBe(one.byteOffset);
    again.fill(3);
    expect(read(BLOCK_BYTES - 1).every((byte) => byte === 2)).toBe(true);
    expect(lent.collect()).toBe(false);
    expect(pool.tryTake()!.byteOffset).toBe(other.byteOffset);
  });

  test('count what other threads have written behind them as unread', () => {
    const pool = new BlockPool(shareBlocks(2 * BLOCK_BYTES), () => undefined);
    const lent = new LentBlocks(libc!, writer, taken, pool);
    lend(lent, pool.tryTake()!, 1);
    writeSync(writer, Buffer.from('of another thread, which has not counted it yet'));
    read(10);
    expect(lent.collect()).toBe(true);
    read(BLOCK_BYTES - 10);
    expect(lent.collect()).toBe(true);
    read(47);
    expect(lent.collect()).toBe(false);
  });

  test('the one of which there is only one is never lent, nor are few bytes', () => {
    const pool = new BlockPool(shareBlocks(BLOCK_BYTES), () => undefined);
    const lent = new LentBlocks(libc!, writer, taken, pool);
    const [first, spare] = [pool.take(), pool.take()];
    expect(lent.mayLend(first, first)).toBe(true);
    expect(lent.mayLend(first, first.subarray(0, 100))).toBe(false);
    expect(lent.mayLend(spare, spare)).toBe(false);
  });

  test('are copied where the system does not allow that', () => {
    let calls = 0;
    const refusing = { ...libc!, vmsplice: () => (calls++, -EPERM) } as Libc;
    const pool = new BlockPool(shareBlocks(2 * BLOCK_BYTES), () => undefined);
    const lent = new LentBlocks(refusing, writer, taken, pool);
    const block = pool.take();
    expect(lent.move(block)).toBeUndefined();
    expect(lent.mayLend(block, block)).toBe(false);
    expect(calls).toBe(1);
  });
});
