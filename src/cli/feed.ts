import type { Channel, ChannelOptions } from 'sagemaker-pipe-mode';

import { fifoName } from '../fs/fifo-name.js';
import { printableLine } from '../printable.js';

/** A channel that the command runs, and what it is made of. */
export interface Feed {
  readonly channel: Channel;
  readonly options: ChannelOptions;
  /** The host that it is for, if there are several. */
  readonly host?: string | undefined;
}

/** What the algorithm opens: `train_0`, or the directory `train/` of File mode. */
export function outletOf({ channel, options, host }: Feed, epoch: number): string {
  const outlet = hasFifos(options) ? fifoName(channel.name, epoch) : `${channel.name}/`;
  return host === undefined ? outlet : `${host}:${outlet}`;
}

/** Whether the channel is FIFOs, an epoch each, and not a directory. */
export function hasFifos({ inputMode = 'Pipe' }: ChannelOptions): boolean {
  return inputMode === 'Pipe';
}

/** What a source is called: its path or URI. */
export function sourceNameOf({ source }: ChannelOptions): string {
  const name = typeof source === 'string' ? source : 'description' in source ? source.description : undefined;
  return printableLine(name ?? 'the source');
}
