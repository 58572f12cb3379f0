import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { compare } from '../compare.js';
import type { Expected } from '../contender.js';
import type { Dataset } from '../data.js';
import { OurContender } from '../ours.js';
import { times } from '../result.js';

const MAGIC = 0xced7230a;
const MAX_PART_BYTES = 2 ** 29 - 1;
const SPLIT_BYTES = 2 ** 29 - 4;
const RAW = 'ours, raw';

/** Wrapped by us and not wrapped by us. */
export const recordIo: BenchmarkCase = {
  name: 'in RecordIO',
  async run(bench) {
    const results = [
      await wrappedBesideRaw(bench, 'file in RecordIO', await bench.data.raw()),
      await wrappedBesideRaw(bench, '64 files of 31 MB in RecordIO', await bench.data.records()),
      await wrappedBesideRaw(bench, '2,000 files of 1 MiB in RecordIO', await bench.data.mediumFiles()),
    ];
    return { rows: results.flatMap(({ rows }) => rows) };
  },
};

async function wrappedBesideRaw(bench: Bench, name: string, { directory, expected }: Dataset) {
  const raw = await OurContender.start({ source: directory }, { ...bench, name: RAW });
  await raw.read(); // so that both are warm
  return await compare(bench, {
    case: name,
    plan: { source: directory, recordio: true },
    peers: [raw],
    expected: wrapped(directory),
    expectedOfPeers: expected,
    goals: { [RAW]: times(0.9) },
  });
}

/** The plain computation: a record per file, in several parts if it is long. */
function wrapped(directory: string): Expected {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    const { size } = statSync(path);
    const partBytes = size <= MAX_PART_BYTES ? size : SPLIT_BYTES;
    for (let start = 0; start < size; start += partBytes) {
      const length = Math.min(partBytes, size - start);
      const isLast = start + length === size;
      const flag = partBytes === size ? 0 : start === 0 ? 1 : isLast ? 3 : 2;
      hash.update(recordHeader(flag, length));
      hashRange(hash, path, start, length);
      const padding = Buffer.alloc((4 - (length % 4)) % 4);
      hash.update(padding);
      bytes += 8 + length + padding.length;
    }
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** What precedes a record, or a part of one. */
export function recordHeader(flag: number, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(flag * 2 ** 29 + length, 4);
  return header;
}

function hashRange(hash: ReturnType<typeof createHash>, path: string, start: number, length: number): void {
  const buffer = Buffer.alloc(Math.min(length, 8 * 1024 * 1024));
  const fd = openSync(path, 'r');
  for (let done = 0; done < length;) {
    const read = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), start + done);
    hash.update(buffer.subarray(0, read));
    done += read;
  }
  closeSync(fd);
}
