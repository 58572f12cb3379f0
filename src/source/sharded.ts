import { PipeModeError } from '../errors.js';
import { checkInteger } from '../options/checks.js';
import { readOptions } from '../options/read-options.js';
import { checkSource } from './check-source.js';
import { derivedSource } from './derived-source.js';
import { indexOf, readIndex } from './index-of.js';
import { pagesOf } from './pages-of.js';
import type { EpochContext, Source, SourceIndex, SourceObject } from './source.js';

/** Which share {@link sharded} takes. */
export interface ShardOptions {
  /** Which of the hosts this is, counted from 0. */
  readonly index: number;
  /** How many hosts there are. */
  readonly count: number;
}

/**
 * One host's share of a source, as `S3DataDistributionType: ShardedByS3Key` gives it: of `count` hosts, host `index`
 * gets the entries `index`, `index + count`, `index + 2 * count` … Together they get everything exactly once, and
 * the sizes of their shares differ by one entry at most. An entry is an object, an entry of a manifest, or a line of
 * an augmented manifest with all of its attributes. A host for which none is left gets empty epochs.
 *
 * Which host gets which objects in SageMaker is not public. We deal them out like cards: that needs no list of
 * them beforehand, and keys that sort by date or class are spread over all hosts.
 *
 * To shuffle too, shard what is shuffled: `sharded(shuffled(source, { seed }), { index, count })`. A host's share is
 * then another one in every epoch. The options `shuffle` and `shard` of a channel do it in this order.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`; later `SOURCE_EMPTY`, if there is nothing for any host, and what
 * the source throws.
 *
 * @example The second of four hosts
 * ```ts
 * import { createChannel, s3Source, sharded } from 'sagemaker-pipe-mode';
 *
 * const source = sharded(s3Source('s3://my-bucket/train/'), { index: 1, count: 4 });
 * await createChannel({ name: 'training', source, dest: './ml/input/data', epochs: 1 }).start();
 * ```
 */
export function sharded(source: Source, options: ShardOptions): Source {
  checkSource(source);
  const shard = readShard(options);
  return derivedSource(source, {
    mayBeEmpty: true,
    index: (context) => shardIndex(source, shard, context),
    pages: (context) => shardPages(source, shard, context),
  });
}

async function* shardPages(
  source: Source,
  shard: ShardOptions,
  context: EpochContext,
): AsyncGenerator<readonly SourceObject[]> {
  // Objects can be dealt out as they are listed, unless several of them are one entry.
  if (source.index && !source.entriesAreObjects) yield* readIndex(await shardIndex(source, shard, context));
  else yield* dealOut(source, shard, context);
}

async function* dealOut(
  source: Source,
  { index, count }: ShardOptions,
  context: EpochContext,
): AsyncGenerator<readonly SourceObject[]> {
  let seen = 0;
  for await (const page of pagesOf(source, context)) {
    const share = page.filter((_object, place) => (seen + place) % count === index);
    seen += page.length;
    if (share.length > 0) yield share;
  }
  if (seen === 0) refuseEmpty(source);
}

async function shardIndex(
  source: Source,
  { index: first, count }: ShardOptions,
  context: EpochContext,
): Promise<SourceIndex> {
  const whole = await indexOf(source, context);
  if (whole.length === 0) {
    await whole.close?.();
    refuseEmpty(source);
  }
  return {
    length: Math.max(0, Math.ceil((whole.length - first) / count)),
    read: (positions) => whole.read(spread(positions, first, count)),
    close: () => whole.close?.(),
  };
}

function* spread(positions: Iterable<number>, first: number, count: number): Generator<number> {
  for (const position of positions) yield first + position * count;
}

/** A share may be empty, and the whole may not. */
function refuseEmpty({ mayBeEmpty, description = '' }: Source): void {
  if (mayBeEmpty) return;
  throw new PipeModeError(
    'SOURCE_EMPTY',
    `The source ${description} listed no object, so there is nothing for any host. Put data there, or fix the source.`,
  );
}

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readShard(options: ShardOptions): ShardOptions {
  const { index, count } = readOptions(options, { index: true, count: true }, 'shard');
  checkInteger('shard.count', 'the number of hosts, an integer from 1 up', count, 1);
  const rule = `the number of this host, an integer from 0 to ${count - 1}`;
  checkInteger('shard.index', rule, index, 0, count - 1);
  return { index, count };
}
