import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { drawRecords, FRAMES } from './support/records.js';
import { linesOf, useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

const MEGABYTE = 1024 * 1024;

/** What the algorithm does. */
const upper = (bytes: Uint8Array) => bytes.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte));

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The objects of every test, by their keys: several payloads, few records, one record, no record at all. */
const OBJECTS: Readonly<Record<string, readonly Uint8Array[]>> = {
  'a.dat': drawRecords(2.5 * MEGABYTE, 60_000),
  'b/c.dat': [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three ')],
  'b/one.dat': [Buffer.from('only')],
  empty: [],
};

interface Combination {
  readonly SplitType: string;
  readonly BatchStrategy: 'MultiRecord' | 'SingleRecord';
  readonly AssembleWith: 'None' | 'Line';
  readonly CompressionType: 'None' | 'Gzip';
  readonly InstanceCount: number;
  readonly MaxPayloadInMB: number;
}

/** Every one of them; what is streamed is not compressed too. */
function* combinations(): Iterable<Combination> {
  let count = 0;
  for (const SplitType of Object.keys(FRAMES))
    for (const BatchStrategy of ['MultiRecord', 'SingleRecord'] as const)
      for (const AssembleWith of ['None', 'Line'] as const)
        for (const CompressionType of ['None', 'Gzip'] as const)
          for (const isBounded of CompressionType === 'None' ? [true, false] : [true]) {
            const MaxPayloadInMB = isBounded ? (SplitType === 'None' ? 3 : 1) : 0;
            const InstanceCount = 1 + (count++ % 2);
            yield { SplitType, BatchStrategy, AssembleWith, CompressionType, InstanceCount, MaxPayloadInMB };
          }
}

/** What the output of an object has to be: what the algorithm makes of all of it, or of each record. */
function expected(records: readonly Uint8Array[], combination: Combination): Uint8Array {
  const { SplitType, BatchStrategy, AssembleWith } = combination;
  const framed = records.map((record) => FRAMES[SplitType]!(record));
  if (framed.every(({ length }) => length === 0)) return Buffer.alloc(0);
  const isSingle = BatchStrategy === 'SingleRecord' && SplitType !== 'None';
  const answers = (isSingle ? records : payloadsOf(framed, combination)).map(upper);
  if (AssembleWith === 'None') return Buffer.concat(answers);
  const newline = Buffer.from('\n');
  return Buffer.concat(answers.map((each) => (each.at(-1) === 10 ? each : Buffer.concat([each, newline]))));
}

/** As many records in each as it can have. */
function payloadsOf(framed: readonly Uint8Array[], { SplitType, MaxPayloadInMB }: Combination): Uint8Array[] {
  if (SplitType === 'None' || MaxPayloadInMB === 0) return [Buffer.concat(framed)];
  const payloads: Uint8Array[][] = [];
  let bytes = Infinity;
  for (const record of framed) {
    if (bytes + record.length > MaxPayloadInMB * MEGABYTE) {
      payloads.push([]);
      bytes = 0;
    }
    payloads.at(-1)!.push(record);
    bytes += record.length;
  }
  return payloads.map((each) => Buffer.concat(each));
}

describe('outputs are what the algorithm makes of the inputs', () => {
  test.each([...combinations()])(
    '$SplitType, $BatchStrategy, assembled with $AssembleWith, compressed with $CompressionType, up to $MaxPayloadInMB MB',
    async (combination) => {
      const { SplitType, BatchStrategy, AssembleWith, CompressionType, InstanceCount, MaxPayloadInMB } =
        combination;
      const objects = Object.entries(OBJECTS);
      for (const [key, records] of objects) {
        const object = Buffer.concat(records.map((record) => FRAMES[SplitType]!(record)));
        transforms.put({ [key]: CompressionType === 'Gzip' ? gzipSync(object, { level: 1 }) : object });
      }
      await using job = transforms.start({
        input: { ContentType: 'application/x-test', SplitType, CompressionType },
        output: { Accept: 'application/x-answer', AssembleWith },
        TransformResources: { InstanceCount },
        BatchStrategy,
        MaxPayloadInMB,
        MaxConcurrentTransforms: 4,
      });
      const done: string[] = [];
      job.on('object', ({ key }) => done.push(key));
      const { status, ...result } = await job.finished();
      expect(status).toBe('Completed');
      expect(result).toMatchObject({
        objects: 4,
        failedObjects: 0,
        failures: [],
        output: transforms.outputs,
      });
      expect(done.sort()).toEqual(Object.keys(OBJECTS).sort());

      const written = transforms.written();
      expect(Object.keys(written)).toEqual(['a.dat.out', 'b/c.dat.out', 'b/one.dat.out', 'empty.out']);
      for (const [key, records] of objects)
        expect(written[`${key}.out`] === text(expected(records, combination)), key).toBe(true);

      const seen = (await linesOf(job)).map((line) => JSON.parse(line) as Record<string, number>);
      expect(seen).toHaveLength(result.requests);
      for (const { bytes, busy, type, accept } of seen) {
        expect(bytes).toBeLessThanOrEqual(MaxPayloadInMB === 0 ? Infinity : MaxPayloadInMB * MEGABYTE);
        expect(busy).toBeLessThanOrEqual(4);
        expect([type, accept]).toEqual(['application/x-test', 'application/x-answer']);
      }
    },
  );
});
