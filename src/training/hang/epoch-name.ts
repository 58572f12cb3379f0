import type { ChannelSituation, HostSituation } from './situation.js';

/** A path below the directory of the channels, and what it would be. */
export interface ChannelPath {
  /** Its first part, such as `training_0`. */
  readonly name: string;
  /** The channel in Pipe mode and the epoch, if it is the name of one. */
  readonly pipe?: { readonly channel: ChannelSituation; readonly epoch: number };
  /** The channel that seems to be meant: its name, or what is before the number. */
  readonly channelName: string;
}

/** `undefined` if the path is not below the directory of the channels. */
export function parsePath(
  path: string,
  { data, channels }: Pick<HostSituation, 'data' | 'channels'>,
): ChannelPath | undefined {
  if (!path.startsWith(`${data}/`)) return undefined;
  const name = path.slice(data.length + 1).split('/')[0]!;
  const [, prefix, number] = /^(.+)_(\d+)$/.exec(name) ?? [];
  const isChannel = channels.some((channel) => channel.name === name);
  if (prefix === undefined || isChannel) return { name, channelName: name };
  const channel = channels.find((each) => each.inputMode === 'Pipe' && each.name === prefix);
  return { name, channelName: prefix, ...(channel && { pipe: { channel, epoch: Number(number) } }) };
}
