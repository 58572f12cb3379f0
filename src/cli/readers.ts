import { closeSync, constants, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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
    return channel.state !== 'failed' || isOpenForReading(channel.stats().path);
  }
}

/**
 * Whether anybody reads from a FIFO that this process has open for writing. By our descriptor, because the FIFO has no
 * name any more. If in doubt, there is somebody: where descriptors cannot be looked up (on other systems than Linux).
 */
function isOpenForReading(fifo: string): boolean {
  try {
    const writer = descriptorOf(fifo);
    if (writer === undefined) return true;
    closeSync(openSync(writer, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENXIO';
  }
}

/** Where Linux has the descriptor of a file of which the name was removed. */
function descriptorOf(removed: string): string | undefined {
  const target = `${join(realpathSync(dirname(removed)), basename(removed))} (deleted)`;
  return readdirSync(DESCRIPTORS)
    .map((fd) => join(DESCRIPTORS, fd))
    .find((path) => linkAt(path) === target);
}

const DESCRIPTORS = '/proc/self/fd';

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // closed since it was listed
  }
}
