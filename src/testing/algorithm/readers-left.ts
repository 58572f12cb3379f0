import { setTimeout as delay } from 'node:timers/promises';

import type { Channel } from '../../channel/channel.js';

/** How often to look, and for how long, in milliseconds. Somebody else may go on reading. */
const LOOK_MS = 1;
const PATIENCE_MS = 1000;

/**
 * Resolves when channels have noticed that their readers have left: what they say of their epochs is final then, as far
 * as those readers are concerned.
 */
export async function readersLeft(channels: readonly Channel[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (channels.some(({ state }) => state === 'streaming') && performance.now() < deadline)
    await delay(LOOK_MS);
}
