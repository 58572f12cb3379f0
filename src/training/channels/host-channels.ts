import type { ChannelDefinition } from '../../sagemaker/channel-definition.js';
import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';
import type { ShardOptions } from '../../source/sharded.js';
import type { Host } from '../opt-ml/hosts.js';

/**
 * The request as it concerns a host: with the channels that it gets. API reference, S3DataSource: `InstanceGroupNames` are
 * the "instance groups that get data from the S3 data source". That the others do not have the channel is our choice.
 */
export function requestFor(host: Host, request: ResolvedTrainingRequest): ResolvedTrainingRequest {
  return { ...request, InputDataConfig: request.InputDataConfig.filter((channel) => gets(host, channel)) };
}

/** Which share of a channel is a host's, with `ShardedByS3Key`: those that get it divide it by their numbers. */
export function shardOf(channel: ChannelDefinition, host: Host, hosts: readonly Host[]): ShardOptions {
  const all = hosts.filter((each) => gets(each, channel));
  return { index: all.indexOf(host), count: all.length };
}

function gets({ group }: Host, { DataSource }: ChannelDefinition): boolean {
  const names = DataSource?.S3DataSource?.InstanceGroupNames ?? [];
  return names.length === 0 || names.includes(group.name);
}
