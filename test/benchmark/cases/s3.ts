import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { syntheticContent } from '../../support/s3-server/content.js';
import { startS3ServerProcess } from '../../support/s3-server/process.js';
import type { Bench, BenchmarkCase, CaseResult } from '../bench.js';
import { compare } from '../compare.js';
import type { Expected } from '../contender.js';
import { times } from '../result.js';
import { awsCopy, boto3, type Bucket, clientConfig, getObjects, ONE_CONNECTION } from './s3-peers.js';

export interface Stored {
  readonly key: string;
  readonly size: number;
  readonly seed: number;
}

const LATENCY_MS = 20;
const BYTES_PER_SECOND = 50e6;

/** The peers take as long as they take: everything one after the other. */
const MAX_ROUNDS = 3;

export const s3LargeObject: BenchmarkCase = {
  name: 'S3, one large object',
  async run(bench) {
    const objects = [{ key: 'object', size: bench.sizes.s3LargeBytes, seed: 1 }];
    return await withBucket(objects, BYTES_PER_SECOND, (bucket) =>
      compareS3(bench, this.name, bucket, objects, 6),
    );
  },
};

export const s3SmallObjects: BenchmarkCase = {
  name: 'S3, small objects',
  async run(bench) {
    const { s3SmallObjects: count, s3SmallBytes: size } = bench.sizes;
    const objects = Array.from({ length: count }, (_, index) => ({
      key: `object-${String(index).padStart(6, '0')}`,
      size,
      seed: (index % 7) + 1,
    }));
    return await withBucket(objects, undefined, (bucket) => compareS3(bench, this.name, bucket, objects, 10));
  },
};

/** The same object, of which nothing is known beforehand but its name. */
export const s3ManifestObject: BenchmarkCase = {
  name: 'S3, one large object of a manifest',
  async run(bench) {
    const objects = [{ key: 'object', size: bench.sizes.s3LargeBytes, seed: 1 }];
    return await withBucket(objects, BYTES_PER_SECOND, (bucket) => {
      const manifest = join(bench.workspace, 'manifest');
      writeFileSync(manifest, JSON.stringify([{ prefix: `s3://${bucket.name}/` }, 'object']));
      const plan = { source: manifest, isManifest: true, s3: clientConfig(bucket) };
      return compare(bench, {
        case: this.name,
        plan,
        peers: [getObjects(bench, bucket)],
        expected: expectedOf(objects),
        goals: { [ONE_CONNECTION]: times(6) },
        maxRounds: MAX_ROUNDS,
      });
    });
  },
};

/** Serves objects from a process of its own, which has to share the machine's cores with those who read. */
export async function withBucket<T>(
  objects: readonly Stored[],
  bytesPerSecond: number | undefined,
  use: (bucket: Bucket) => Promise<T>,
): Promise<T> {
  const name = 'bucket';
  await using server = await startS3ServerProcess({
    bucket: name,
    objects,
    latencyMs: LATENCY_MS,
    bytesPerSecond,
  });
  return await use({ name, endpoint: server.endpoint });
}

async function compareS3(
  bench: Bench,
  name: string,
  bucket: Bucket,
  objects: readonly Stored[],
  goal: number,
): Promise<CaseResult> {
  return await compare(bench, {
    case: name,
    plan: { source: `s3://${bucket.name}/`, s3: clientConfig(bucket) },
    peers: [
      getObjects(bench, bucket),
      boto3(bench, bucket),
      ...(objects.length === 1 ? [awsCopy(bench, bucket, objects[0]!.key)] : []),
    ],
    expected: expectedOf(objects),
    goals: { [ONE_CONNECTION]: times(goal) },
    ...(objects.length === 1 && { firstGoals: { [ONE_CONNECTION]: undefined } }),
    maxRounds: MAX_ROUNDS,
    ...(objects.length > 1 && { objects: objects.length }),
  });
}

function expectedOf(objects: readonly Stored[]): Expected {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { size, seed } of objects) {
    for (const chunk of syntheticContent(size, seed).read(0, size) as Iterable<Uint8Array>)
      hash.update(chunk);
    bytes += size;
  }
  return { bytes, sha256: hash.digest('hex') };
}
