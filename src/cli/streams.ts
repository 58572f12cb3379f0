import type { Channel, ChannelGroup } from 'sagemaker-pipe-mode';

/** One channel or several: what the command runs, whichever of its subcommands made it. */
export interface Streams {
  readonly channels: readonly Channel[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The streams of `sagemaker-pipe channel`. */
export function streamsOfChannel(channel: Channel): Streams {
  return { channels: [channel], start: () => channel.start(), stop: () => channel.stop() };
}

/** The streams of `sagemaker-pipe agent`. */
export function streamsOfGroup(group: ChannelGroup): Streams {
  group.on('error', () => undefined); // heard from the channel itself
  return {
    channels: [...group.channels.values()],
    start: () => group.start(),
    stop: () => group.stop(),
  };
}
