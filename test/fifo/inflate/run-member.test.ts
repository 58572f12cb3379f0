// The threads' work, in one thread, step by step.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, test } from 'vitest';

import { packParts } from '../../../src/body/packed-parts.js';
import { Bells } from '../../../src/fifo/bells.js';
import { shareBlocks } from '../../../src/fifo/inflate/block-pool.js';
import type { InflateOutcome, InflateRun } from '../../../src/fifo/inflate/messages.js';
import { Outbox } from '../../../src/fifo/inflate/outbox.js';
import { RunMember } from '../../../src/fifo/inflate/run-member.js';
import { Turns } from '../../../src/fifo/inflate/turns.js';
import { loadLibc } from '../../../src/native/libc.js';
import { noise, sha256 } from '../../support/bytes.js';
import { FifoProbe } from '../../support/fifo-reader.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();
const libc = loadLibc();
const MIB = 1024 * 1024;
const open: number[] = [];
afterEach(() => open.splice(0).forEach((fd) => closeSync(fd)));

interface Member {
  readonly member: RunMember;
  outcome: InflateOutcome | undefined;
}

/** A pipe, its reader and the members of a run that write the objects into it. */
function startRun(objects: readonly Buffer[], { recordio = false, members = 2, memoryBytes = 8 * MIB } = {}) {
  const paths = objects.map((bytes, i) => scratch.files({ [`object-${i}`]: bytes }) + `/object-${i}`);
  const fifo = scratch.path('fifo');
  execFileSync('mkfifo', [fifo]);
  const probe = new FifoProbe(fifo);
  const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  open.push(fd);
  const run: InflateRun = {
    fd,
    parts: packParts(paths.map((path, i) => ({ path, offset: 0, length: objects[i]!.length }))),
    partsOf: new Uint32Array(objects.length).fill(1),
    recordio,
    tmpdir: scratch.dir,
    turns: new Turns().shared,
    blocks: shareBlocks(memoryBytes),
    outbox: Outbox.makeShared(),
    sizes: new Float64Array(objects.length),
    taken: new Float64Array(1),
  };
  const bells = new Bells(members);
  const all = Array.from({ length: members }, (_, thread): Member => {
    const it: Member = {
      member: new RunMember(run, {
        libc: libc!,
        bells,
        thread,
        tell: ({ outcome }) => (it.outcome = outcome ?? it.outcome),
      }),
      outcome: undefined,
    };
    return it;
  });
  return { run, probe, all };
}

/** Gives each member a step in turn, and reads meanwhile, until all are over, or those that are waited for. */
function finish(
  { probe, all }: ReturnType<typeof startRun>,
  readBytes = Infinity,
  awaited: readonly Member[] = all,
): Buffer {
  const read: Buffer[] = [];
  for (let steps = 0; awaited.some(({ member }) => !member.isOver); steps++) {
    for (const { member } of all) {
      member.step();
      if (member.state === 'full') member.state = 'ready'; // as who waits for room would say
    }
    read.push(probe.available(readBytes).bytes);
    if (steps > 100_000) throw new Error('it does not end');
  }
  read.push(probe.available().bytes);
  return Buffer.concat(read);
}

describe.skipIf(!libc)('members of a run', () => {
  test.each([
    [100, undefined],
    [3 * MIB, undefined],
    [3 * MIB, 10_000],
    [3 * MIB, 300_000],
  ])('%i bytes are inflated by one and written by another, with reads of %s bytes', (size, readBytes) => {
    const plain = noise(size);
    const started = startRun([gzipSync(plain)]);
    const [inflating, writing] = started.all;
    inflating!.member.step(); // has the object
    writing!.member.step(); // has none, and offers to write
    const taken = () => started.run.taken[0]!;
    const read: Buffer[] = [];
    while (!inflating!.member.isOver && !inflating!.outcome) {
      const before = taken();
      inflating!.member.step();
      expect(taken()).toBe(before);
      if (writing!.member.isOver) break;
      writing!.member.step();
      if (writing!.member.state === 'full') writing!.member.state = 'ready';
      read.push(started.probe.available(readBytes).bytes);
    }
    const bytes = Buffer.concat([...read, finish(started, readBytes)]);
    expect(sha256(bytes)).toBe(sha256(plain));
    expect(started.run.sizes[0]).toBe(size);
    expect(taken()).toBe(size);
    expect(started.all.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    started.probe.close();
  });

  test.each([false, true])('many objects come in order, whoever writes them; recordio: %s', (recordio) => {
    const plain = Array.from({ length: 9 }, (_, i) => noise(((i * 7) % 5) * 700_000, i));
    const started = startRun(
      plain.map((bytes) => gzipSync(bytes)),
      { recordio, members: 3 },
    );
    const bytes = finish(started);
    if (!recordio) expect(sha256(bytes)).toBe(sha256(...plain));
    expect(bytes.length).toBe(started.run.sizes.reduce((sum, size) => sum + size));
    expect(started.all.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    started.probe.close();
  });

  test('with memory for four blocks, what is being written is not inflated over', () => {
    const plain = noise(5 * MIB);
    const started = startRun([gzipSync(plain)], { memoryBytes: MIB });
    expect(sha256(finish(started, 50_000))).toBe(sha256(plain));
    started.probe.close();
  });

  test('what is wrong with an object is told when all before it has been written by the other', () => {
    const plain = noise(2 * MIB);
    const started = startRun([gzipSync(plain).subarray(0, -9)]);
    const bytes = finish(started, Infinity, started.all.slice(0, 1));
    expect(started.all[0]!.outcome).toMatchObject({ index: 0, error: { code: 'GZIP_TRUNCATED' } });
    expect(sha256(bytes)).toBe(sha256(plain.subarray(0, bytes.length)));
    expect(bytes.length).toBe(started.run.taken[0]);
    expect(bytes.length).toBeGreaterThanOrEqual(plain.length - 256 * 1024);
    started.probe.close();
  });

  test('who writes tells that the reader has left', () => {
    const started = startRun([gzipSync(noise(4 * MIB))]);
    for (let step = 0; step < 4; step++) for (const { member } of started.all) member.step();
    started.probe.close();
    started.all[1]!.member.state = 'ready';
    for (let step = 0; step < 4; step++) for (const { member } of started.all) member.step();
    expect(started.all[1]!.outcome).toBe('closed');
    started.all[0]!.member.cancel();
  });

  test('only one writes for the others', () => {
    const started = startRun([gzipSync(noise(4 * MIB))], { members: 3 });
    for (const { member } of started.all) member.step();
    expect(started.all.map(({ outcome }) => outcome)).toEqual([undefined, undefined, 'done']);
    finish(started);
    started.probe.close();
  });
});
