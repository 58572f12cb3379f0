import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { compare } from '../compare.js';
import { type Dataset, fileIn } from '../data.js';
import type { Cores } from '../reader.js';
import { times } from '../result.js';
import { cat, pigz, pythonCopy, pythonGzip, SPLICE, spliceLimit } from './peers.js';

export const rawFile: BenchmarkCase = {
  name: 'file, raw',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const file = fileIn(directory, 0);
    return await compare(bench, {
      case: this.name,
      plan: { source: file },
      peers: [cat(bench, [file]), pythonCopy(bench, directory), spliceLimit(bench, [file])],
      expected,
      goals: { cat: times(6), [SPLICE]: times(0.95) },
      firstGoals: { [SPLICE]: times(0.95) },
    });
  },
};

export const someFiles: BenchmarkCase = {
  name: '64 files of 31 MB',
  run: async (bench) => against(bench, someFiles.name, await bench.data.records(), 0.9),
};

export const manyFiles: BenchmarkCase = {
  name: '2,000 files of 1 MiB',
  run: async (bench) => against(bench, manyFiles.name, await bench.data.mediumFiles(), 0.85),
};

/** Files beside what the kernel can do. */
async function against(bench: Bench, name: string, { directory, expected }: Dataset, goal: number) {
  return await compare(bench, {
    case: name,
    plan: { source: directory },
    peers: [spliceLimit(bench, filesIn(directory))],
    expected,
    goals: { [SPLICE]: times(goal) },
    firstGoals: { [SPLICE]: times(goal) },
  });
}

export const withoutKoffi = withoutKoffiOn('file, raw, without koffi', undefined);

/** Where the scheduler does not choose, neither for `cat` nor for us: in one of these places it is fastest. */
export const withoutKoffiPinned: readonly BenchmarkCase[] = [
  withoutKoffiOn('file, raw, without koffi, all on one core', { writer: 0, reader: 0 }),
  withoutKoffiOn('file, raw, without koffi, the reader on another core', { writer: 1, reader: 0 }),
];

function withoutKoffiOn(name: string, cores: Cores | undefined): BenchmarkCase {
  return {
    name,
    async run(bench) {
      const { taskset } = bench.tools;
      if (cores && 'missing' in taskset)
        return { rows: [{ case: name, unit: 'bytes/s', peer: 'cat', skipped: taskset.missing }] };
      const { directory, expected } = await bench.data.raw();
      const file = fileIn(directory, 0);
      return await compare(bench, {
        case: name,
        plan: { source: file, zeroCopy: false },
        peers: [cat(bench, [file], cores)],
        expected,
        goals: { cat: times(0.85) },
        firstGoals: { cat: times(0.85) },
        cores,
      });
    },
  };
}

export const smallFiles: BenchmarkCase = {
  name: 'small files',
  async run(bench) {
    const { directory, expected } = await bench.data.smallFiles();
    return await compare(bench, {
      case: this.name,
      plan: { source: directory },
      peers: [pythonCopy(bench, directory)],
      expected,
      goals: { 'Python copyfileobj': times(3.5) },
      firstGoals: { 'Python copyfileobj': times(2.2) },
      objects: bench.sizes.smallFiles,
    });
  },
};

export const gzipObjects: BenchmarkCase = {
  name: 'gzip objects',
  async run(bench) {
    const { directory, expected } = await bench.data.gzip();
    return await compare(bench, {
      case: this.name,
      plan: { source: directory, gunzip: true },
      peers: [pigz(bench, filesIn(directory)), pythonGzip(bench, directory)],
      expected,
      goals: { 'pigz -dc': times(2.7) },
      firstGoals: { 'pigz -dc': times(2.5) },
    });
  },
};

export const oneGzipObject: BenchmarkCase = {
  name: 'one gzip object',
  async run(bench) {
    const { directory, expected } = await bench.data.oneGzip();
    return await compare(bench, {
      case: this.name,
      plan: { source: directory, gunzip: true },
      peers: [pigz(bench, filesIn(directory))],
      expected,
      goals: { 'pigz -dc': times(1.6) },
      firstGoals: { 'pigz -dc': times(1.6) },
    });
  },
};

function filesIn(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .map((name) => join(directory, name));
}
