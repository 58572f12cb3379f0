import type { Channel } from '../../channel/channel.js';
import type { ChannelOptions } from '../../channel/options.js';

/** A channel of a job on one of its hosts. */
export interface JobChannel {
  /** `algo-1` and so on. */
  readonly host: string;
  /** To be looked at: the job starts and stops it. */
  readonly channel: Channel;
  /** What it is made of. */
  readonly options: ChannelOptions;
}
