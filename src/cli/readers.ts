import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

import type { Channel } from 'sagemaker-pipe-mode';

/** Knows which channels have a reader in the middle of an epoch, also after they have failed. */
export class Readers {
  readonly #channels: readonly Channel[];
  readonly #inEpoch = new Set<Channel>();

  constructor(channels: readonly Channel[]) {
    this.#channels = channels;
    for (const channel of channels) {
      channel.on('epochStart', () => this.#inEpoch.add(channel));
      channel.on('epochEnd', () => this.#inEpoch.delete(channel));
    }
  }

  /** Whether there is any reader who would take the command's exit for the end of an epoch. */
  get any(): boolean {
    return this.#channels.some((channel) => this.has(channel));
  }

  has(channel: Channel): boolean {
    if (!this.#inEpoch.has(channel)) return false;
    // A channel that streams notices by itself when its reader leaves, and ends the epoch.
    return channel.state !== 'failed' || isOpenForReading(fifoOf(channel));
  }
}

/** The FIFO of the epoch that a channel is in. */
export function fifoOf(channel: Channel): string {
  return join(channel.dest, `${channel.name}_${channel.stats().epoch}`);
}

/**
 * Whether anybody reads from a FIFO that we have open for writing. Only for such a one: opening and closing the
 * only writing end would be an end of the data.
 */
function isOpenForReading(fifo: string): boolean {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENXIO'; // if in doubt, there is one
  }
}
