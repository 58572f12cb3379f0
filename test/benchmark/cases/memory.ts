import type { Bench, BenchmarkCase } from '../bench.js';
import { type ChannelPlan, OurContender } from '../ours.js';
import type { Row } from '../result.js';
import { clientConfig } from './s3-peers.js';
import { withBucket } from './s3.js';

const LOCAL_BYTES = 120e6;
const S3_BYTES = 250e6;
const BYTES_PER_SECOND = 50e6;

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

async function peakOf(bench: Bench, name: string, plan: Plan, atMost?: number): Promise<Row> {
  bench.progress(name);
  const ours = await OurContender.start(plan, bench);
  try {
    await ours.read();
    const peak = await ours.peak();
    await ours.close();
    return {
      case: name,
      unit: 'bytes',
      ours: { median: peak, min: peak, max: peak },
      ...(atMost !== undefined && { goal: { atMost }, met: peak <= atMost }),
    };
  } finally {
    await ours.close().catch(() => undefined);
  }
}
