import { join } from 'node:path';

import {
  type ChannelOptions,
  createChannel,
  createChannels,
  fromChannel,
  type InputMode,
} from 'sagemaker-pipe-mode';

import { readInputDataConfig, selectChannels } from './input-data-config.js';
import { channelOptionsOf, type DataFlags, limitsOf, type ManifestFlags, s3Of, sourceOf } from './options.js';
import type { DocumentFlags } from './program.js';
import { type Streams, streamsOfChannel, streamsOfGroup } from './streams.js';
import { UsageError } from './usage-error.js';

/** The streams of `sagemaker-pipe channel`. */
export function channelStreams(
  name: string,
  source: string,
  dest: string,
  flags: DataFlags & ManifestFlags,
): Streams {
  const options = { name, source: sourceOf(source, flags), dest, ...channelOptionsOf(flags) };
  return streamsOfChannel(createChannel(options), options);
}

/** The streams of `sagemaker-pipe agent`. */
export function agentStreams(source: string, dest: string, flags: DataFlags): Streams {
  const shared = { dest, ...channelOptionsOf(flags) };
  return streamsOfGroup(createChannels({ source, ...shared }), ({ name }) => ({
    name,
    source: join(source, name),
    ...shared,
  }));
}

/** The streams of `sagemaker-pipe input-data-config`. */
export async function documentStreams(file: string, dest: string, flags: DocumentFlags): Promise<Streams> {
  const document = await readInputDataConfig(file);
  const { shard, requestPayer } = flags;
  const inputMode = flags.inputMode ?? (document.inputMode as InputMode | undefined);
  const described = selectChannels(document.channels, flags.channel).map((definition) => ({
    ...fromChannel(definition, { dest, inputMode, shard, s3: s3Of(flags), requestPayer }),
    ...limitsOf(flags),
  }));
  const channels = byName(described);
  return streamsOfGroup(createChannels({ dest, channels }), ({ name }) => channels[name]!);
}

function byName(all: readonly ChannelOptions[]): Record<string, ChannelOptions> {
  const names = all.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UsageError(
      `InputDataConfig has two channels named "${twice}". Every ChannelName may be there once.`,
    );
  }
  return Object.fromEntries(all.map((options) => [options.name, options]));
}
