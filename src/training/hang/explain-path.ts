import { counted } from '../../counted.js';
import { didYouMean } from '../../options/did-you-mean.js';
import { parsePath } from './epoch-name.js';
import { type ChannelSituation, type HostSituation, wasOpened } from './situation.js';

/**
 * What the channels say of a path that something waits for, in words; `undefined` if there is nothing to say.
 */
export function explainPath(path: string, situation: HostSituation): string | undefined {
  const parsed = parsePath(path, situation);
  if (parsed === undefined) return undefined;
  const { name, channelName, pipe } = parsed;
  if (pipe !== undefined) return explainEpoch(pipe.channel, pipe.epoch, situation);
  const { data, channels } = situation;
  const channel = channels.find((each) => each.name === channelName);
  if (channel === undefined) return unknownChannel(channelName, channels);
  if (channel.inputMode === 'Pipe')
    return `${name} is a channel in Pipe mode: its epochs are ${name}_0, ${name}_1 and so on`;
  if (name === channelName) return undefined;
  return `${channelName} is a channel in ${channel.inputMode} mode: its files are in ${data}/${channelName}`;
}

/** Why nobody has an epoch yet, or any more. */
function explainEpoch(
  channel: ChannelSituation,
  epoch: number,
  situation: HostSituation,
): string | undefined {
  const { name, epochs, stats } = channel;
  if (epoch >= epochs) return `${name} has ${howMany(channel)}`;
  if (stats.state === 'failed') return `the channel has failed, and holds whoever reads it`;
  const current = `${name}_${stats.epoch}`;
  if (epoch > stats.epoch) return `${current} comes first: ${stateOf(channel, situation)}`;
  if (epoch < stats.epoch || stats.state === 'finished')
    return `it was sent to its end; whoever has it open for writing, too, never sees that ("r+")`;
  if (stats.waitingFor === 'source') return 'the channel waits for its source';
  return wasOpened(channel, epoch) ? undefined : 'the channel waits for somebody to open it';
}

function howMany({ name, epochs }: ChannelSituation): string {
  return epochs === 1 ? `1 epoch, ${name}_0` : `${epochs} epochs, ${name}_0 to ${name}_${epochs - 1}`;
}

function stateOf(channel: ChannelSituation, { data, processes }: HostSituation): string {
  const { name, stats } = channel;
  if (!wasOpened(channel, stats.epoch)) return 'nobody has opened it';
  const path = `${data}/${name}_${stats.epoch}`;
  const reader = processes.find(({ fifos }) => fifos.includes(path));
  const unread = channel.readings.find((reading) => reading.epoch === stats.epoch)?.unread;
  const how =
    unread === undefined || unread === 0 ? 'open' : `open, with ${counted(unread, 'byte')} unread in it`;
  return reader === undefined ? 'it is not over' : `"${reader.command}" has it ${how}`;
}

function unknownChannel(name: string, channels: readonly ChannelSituation[]): string {
  const names = channels.map((channel) => channel.name);
  const has = names.length === 0 ? 'has none' : `has ${names.join(', ')}`;
  return `there is no channel "${name}"; the job ${has}.${didYouMean(name, names)}`.replace(/\.$/, '');
}
