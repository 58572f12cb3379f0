import { join } from 'node:path';

import type { Channel } from 'sagemaker-pipe-mode';

import { FifoProbe } from './fifo-reader.js';
import { next } from './record-events.js';

/** Opens an epoch of a channel that waits for its reader, and resolves when the epoch has started. Reads nothing. */
export async function probeEpoch(channel: Channel, epoch = 0): Promise<FifoProbe> {
  const started = next(channel, 'epochStart');
  const probe = new FifoProbe(join(channel.dest, `${channel.name}_${epoch}`));
  await started;
  return probe;
}
