import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

import type { Bench, BenchmarkCase } from '../bench.js';
import { compare } from '../compare.js';
import type { Expected } from '../contender.js';
import { fileIn, PERIOD } from '../data.js';
import type { ChunksPlan } from '../ours.js';
import { times } from '../result.js';
import { cat, nodePipeline, PIPELINE } from './peers.js';
import { recordHeader } from './recordio.js';

const MIB = 1024 * 1024;

export const javaScriptSource: BenchmarkCase = {
  name: 'JavaScript source, 1 MiB chunks',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const file = fileIn(directory, 0);
    const chunks = { path: file, period: PERIOD, bytes: expected.bytes, chunkBytes: MIB };
    return await compare(bench, {
      case: this.name,
      plan: { source: '', chunks },
      peers: [cat(bench, [file]), nodePipeline(bench, chunks)],
      expected,
      goals: { cat: times(1.5) },
      firstGoals: { cat: undefined },
    });
  },
};

export const mediumChunks: BenchmarkCase = {
  name: 'JavaScript source, 64 KiB chunks',
  run: (bench) => againstNode(bench, mediumChunks.name, 65_536, bench.sizes.chunksBytes, GOALS.medium),
};

export const smallChunks: BenchmarkCase = {
  name: 'JavaScript source, 1,000 B chunks',
  run: (bench) => againstNode(bench, smallChunks.name, 1000, bench.sizes.smallChunksBytes, GOALS.small),
};

/**
 * What commit 476827a is beside Node's `pipeline()`: it cannot be measured in the same run. Medians of five rounds of this
 * benchmark with that commit's build, on a quiet machine of two cores.
 */
const BEFORE = { medium: 1.94, small: 4.79 };

/** Wanted are 1.6 and 1.8 times the speed of that commit. */
const GOALS = { medium: 1.6 * BEFORE.medium, small: 1.8 * BEFORE.small };

async function againstNode(bench: Bench, name: string, chunkBytes: number, bytes: number, goal: number) {
  const { chunks, expected } = await chunksOf(bench, chunkBytes, bytes);
  return await compare(bench, {
    case: name,
    plan: { source: '', chunks },
    peers: [nodePipeline(bench, chunks)],
    expected,
    goals: { [PIPELINE]: times(goal) },
    firstGoals: { [PIPELINE]: undefined },
  });
}

/** More than may be held in memory, so that it has to be put down before its length is known. */
export const spillingChunks: BenchmarkCase = {
  name: 'JavaScript source, a record of 1,000 B chunks',
  async run(bench) {
    const { chunks, expected } = await chunksOf(bench, 1000, bench.sizes.spillBytes);
    return await compare(bench, {
      case: this.name,
      plan: { source: '', chunks, recordio: true },
      peers: [nodePipeline(bench, chunks)],
      expected: await framed(chunks),
      expectedOfPeers: expected,
      goals: { [PIPELINE]: { atLeast: 800e6 } },
      firstGoals: { [PIPELINE]: undefined },
      memoryBytes: 1.25 * chunks.bytes,
    });
  },
};

async function chunksOf(bench: Bench, chunkBytes: number, bytes: number) {
  const { directory } = await bench.data.raw();
  const chunks: ChunksPlan = { path: fileIn(directory, 0), period: PERIOD, bytes, chunkBytes };
  return { chunks, expected: beginningOf(chunks, Buffer.alloc(0), 0) };
}

async function framed(chunks: ChunksPlan): Promise<Expected> {
  return beginningOf(chunks, recordHeader(0, chunks.bytes), (4 - (chunks.bytes % 4)) % 4);
}

/** The first bytes of the file that the chunks are made of, after a header and before some padding. */
function beginningOf({ path, bytes }: ChunksPlan, header: Buffer, padding: number): Expected {
  const hash = createHash('sha256').update(header);
  const buffer = Buffer.alloc(MIB);
  const fd = openSync(path, 'r');
  for (let at = 0; at < bytes; at += buffer.length) {
    hash.update(buffer.subarray(0, readSync(fd, buffer, 0, Math.min(buffer.length, bytes - at), at)));
  }
  closeSync(fd);
  hash.update(Buffer.alloc(padding));
  return { bytes: header.length + bytes + padding, sha256: hash.digest('hex') };
}
