import type { Channel, ChannelGroup, ChannelOptions } from 'sagemaker-pipe-mode';

import type { Feed } from './feed.js';

/** One channel or several: what the command runs, whichever of its subcommands made it. */
export interface Streams {
  readonly feeds: readonly Feed[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function streamsOfChannel(channel: Channel, options: ChannelOptions): Streams {
  return { feeds: [{ channel, options }], start: () => channel.start(), stop: () => channel.stop() };
}

/** @param optionsOf what each of the channels is made of. */
export function streamsOfGroup(
  group: ChannelGroup,
  optionsOf: (channel: Channel) => ChannelOptions,
): Streams {
  group.on('error', () => undefined); // heard from the channel itself
  return {
    feeds: [...group.channels.values()].map((channel) => ({ channel, options: optionsOf(channel) })),
    start: () => group.start(),
    stop: () => group.stop(),
  };
}
