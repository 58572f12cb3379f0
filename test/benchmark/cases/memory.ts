import { join } from 'node:path';

import type { Bench, BenchmarkCase } from '../bench.js';
import { fileIn, PERIOD } from '../data.js';
import { type ChannelPlan, Ours, OurContender } from '../ours.js';
import { judged, type Row } from '../result.js';
import { clientConfig } from './s3-peers.js';
import { withBucket } from './s3.js';

const LOCAL_BYTES = 120e6;
const S3_BYTES = 250e6;
const BYTES_PER_SECOND = 50e6;
/** Before every read of 1 MiB: a reader of some 100 MB/s, so that all that may be held is. */
const SLOW_US = 10_000;

type Plan = Omit<ChannelPlan, 'name' | 'dest'>;

/** The most memory of a process that streams one epoch, that of Node itself included. */
export const peakMemory: BenchmarkCase = {
  name: 'peak memory',
  async run(bench) {
    const sparse = bench.data.sparse(bench.sizes.memoryBytes);
    const records = await bench.data.records();
    const gzip = await bench.data.gzip();
    const objects = [{ key: 'object', size: bench.sizes.s3LargeBytes, seed: 1 }];
    const row = (what: string, plan: Plan, atMost?: number) =>
      peakOf(bench, `${this.name}, ${what}`, plan, atMost);
    return {
      rows: [
        await row('a large local file', { source: sparse }, LOCAL_BYTES),
        await row('a large local file, without koffi', { source: sparse, zeroCopy: false }, LOCAL_BYTES),
        await row('RecordIO', { source: records.directory, recordio: true }),
        await row('gzip objects', { source: gzip.directory, gunzip: true }),
        await row('gzip objects in RecordIO', { source: gzip.directory, gunzip: true, recordio: true }),
        await withBucket(objects, BYTES_PER_SECOND, (bucket) =>
          row('S3, one large object', { source: `s3://${bucket.name}/`, s3: clientConfig(bucket) }, S3_BYTES),
        ),
      ],
    };
  },
};

/** What a channel adds to a process that does nothing, at most, if its reader is slow. */
export const heldMemory: BenchmarkCase = {
  name: 'memory beside a slow reader',
  async run(bench) {
    const gzip = { source: (await bench.data.gzip()).directory, gunzip: true };
    const { directory } = await bench.data.raw();
    const bytes = bench.sizes.heldBytes;
    const chunks = {
      path: fileIn(directory, 0),
      period: PERIOD,
      bytes,
      chunkBytes: 1024 * 1024,
      isFresh: true,
    };
    const row = (what: string, plan: Plan, atMost: number) =>
      heldBy(bench, `${this.name}, ${what}`, plan, atMost);
    return {
      rows: [
        await row('gunzip', gzip, 50e6),
        await row('gunzip in RecordIO', { ...gzip, recordio: true }, 110e6),
        await row('JavaScript, 1 MiB chunks', { source: '', chunks }, 110e6),
      ],
    };
  },
};

async function heldBy(bench: Bench, name: string, plan: Plan, atMost: number): Promise<Row> {
  bench.progress(name);
  const ours = new Ours(bench.workspace);
  try {
    const idle = await ours.peak();
    await ours.start([{ ...plan, name: 'channel', dest: ours.dest }]);
    const epochs = { prefix: join(ours.dest, 'channel'), first: 0, count: 1, pauseUs: SLOW_US };
    await bench.reader.read(epochs, ours.failure);
    const held = (await ours.peak()) - idle;
    await ours.close();
    return memoryRow(name, held, atMost);
  } finally {
    await ours.close().catch(() => undefined);
  }
}

async function peakOf(bench: Bench, name: string, plan: Plan, atMost?: number): Promise<Row> {
  bench.progress(name);
  const ours = await OurContender.start(plan, bench);
  try {
    await ours.read();
    const peak = await ours.peak();
    await ours.close();
    return memoryRow(name, peak, atMost);
  } finally {
    await ours.close().catch(() => undefined);
  }
}

function memoryRow(name: string, bytes: number, atMost: number | undefined): Row {
  const ours = { median: bytes, min: bytes, max: bytes };
  return judged({ case: name, unit: 'bytes', ours }, atMost === undefined ? undefined : { atMost });
}
