import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { BenchmarkCase } from '../bench.js';
import { compare } from '../compare.js';
import type { Expected } from '../contender.js';
import { fileIn } from '../data.js';
import { OurContender } from '../ours.js';

const MAGIC = 0xced7230a;

/** Wrapped by us and not wrapped by us. */
export const recordIo: BenchmarkCase = {
  name: 'file in RecordIO',
  async run(bench) {
    const { directory, expected } = await bench.data.records();
    const raw = await OurContender.start({ source: directory }, { ...bench, name: 'ours, raw' });
    await raw.read(); // so that both are warm
    return await compare(bench, {
      case: this.name,
      plan: { source: directory, recordio: true },
      peers: [raw],
      expected: wrapped(directory, bench.sizes.records),
      expectedOfPeers: expected,
      goals: { 'ours, raw': 0.9 },
    });
  },
};

/** The plain computation, for records that are shorter than 2^29 bytes. */
function wrapped(directory: string, count: number): Expected {
  const hash = createHash('sha256');
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const payload = readFileSync(fileIn(directory, index));
    const header = Buffer.alloc(8);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(payload.length, 4);
    const padding = Buffer.alloc((4 - (payload.length % 4)) % 4);
    for (const part of [header, payload, padding]) hash.update(part);
    bytes += header.length + payload.length + padding.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
