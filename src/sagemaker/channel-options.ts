import type { ChannelOptions, InputMode } from '../channel/options.js';
import type { S3SourceOptions } from '../source/s3/options.js';
import type { ShardOptions } from '../source/sharded.js';
import type { ChannelDefinition } from './channel-definition.js';
import { resolveDataSource } from './data-source.js';
import type { AsText } from './location.js';

/** Where and for whom a channel is made. */
export interface ChannelContext extends S3SourceOptions {
  /** The directory of the FIFOs or files. */
  readonly dest: string | URL;
  /** What holds if the channel says nothing itself. */
  readonly inputMode: InputMode;
  /** Used with `ShardedByS3Key` only. */
  readonly shard?: ShardOptions | undefined;
  /** The data, if it does not come from where the channel says. */
  readonly source?: ChannelOptions['source'] | undefined;
}

/** The options of a channel of which everything has been checked. */
export function channelOptionsOf(
  channel: AsText<ChannelDefinition>,
  context: ChannelContext,
): ChannelOptions {
  const { dest, shard, s3, requestPayer } = context;
  const inputMode = (channel.InputMode ?? context.inputMode) as InputMode;
  const isSharded = channel.DataSource?.S3DataSource?.S3DataDistributionType === 'ShardedByS3Key';
  const common = {
    name: channel.ChannelName!,
    source: context.source ?? resolveDataSource(channel.DataSource!, { s3, requestPayer }),
    dest,
    ...(channel.ShuffleConfig ? { shuffle: { seed: channel.ShuffleConfig.Seed! } } : undefined),
    ...(isSharded && shard ? { shard } : undefined),
    ...(s3 ? { s3 } : undefined),
    ...(requestPayer ? { requestPayer } : undefined),
  };
  if (inputMode !== 'Pipe') return { ...common, inputMode };
  return {
    ...common,
    ...(channel.CompressionType === 'Gzip' ? { gunzip: true } : undefined),
    ...(channel.RecordWrapperType === 'RecordIO' ? { recordio: true } : undefined),
  };
}
