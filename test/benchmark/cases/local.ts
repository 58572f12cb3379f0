import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { BenchmarkCase } from '../bench.js';
import { compare } from '../compare.js';
import { fileIn, PERIOD } from '../data.js';
import { cat, pigz, pythonCopy, pythonGzip, spliceLimit } from './peers.js';

export const rawFile: BenchmarkCase = {
  name: 'file, raw',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const file = fileIn(directory, 0);
    return await compare(bench, {
      case: this.name,
      plan: { source: file },
      peers: [cat(bench, [file]), pythonCopy(bench, directory), spliceLimit(bench, file)],
      expected,
      goals: { cat: 6, 'splice in C': 0.9 },
    });
  },
};

export const withoutKoffi: BenchmarkCase = {
  name: 'file, raw, without koffi',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const file = fileIn(directory, 0);
    return await compare(bench, {
      case: this.name,
      plan: { source: file, zeroCopy: false },
      peers: [cat(bench, [file])],
      expected,
      goals: { cat: 1.5 },
    });
  },
};

export const javaScriptSource: BenchmarkCase = {
  name: 'JavaScript source, 1 MiB chunks',
  async run(bench) {
    const { directory, expected } = await bench.data.raw();
    const file = fileIn(directory, 0);
    const chunks = { path: file, period: PERIOD, bytes: expected.bytes, chunkBytes: 1024 * 1024 };
    return await compare(bench, {
      case: this.name,
      plan: { source: '', chunks },
      peers: [cat(bench, [file])],
      expected,
      goals: { cat: 1.5 },
    });
  },
};

export const smallFiles: BenchmarkCase = {
  name: 'small files',
  async run(bench) {
    const { directory, expected } = await bench.data.smallFiles();
    return await compare(bench, {
      case: this.name,
      plan: { source: directory },
      peers: [pythonCopy(bench, directory)],
      expected,
      goals: { 'Python copyfileobj': 2 },
      objects: bench.sizes.smallFiles,
    });
  },
};

export const gzipObjects: BenchmarkCase = {
  name: 'gzip objects',
  async run(bench) {
    const { directory, expected } = await bench.data.gzip();
    const files = readdirSync(directory)
      .sort()
      .map((name) => join(directory, name));
    return await compare(bench, {
      case: this.name,
      plan: { source: directory, gunzip: true },
      peers: [pigz(bench, files), pythonGzip(bench, directory)],
      expected,
      goals: { 'pigz -dc': 2 },
    });
  },
};
