import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import type { ChannelGroup } from 'sagemaker-pipe-mode';

/** How long an algorithm may take after its last epoch, to write its model for instance. */
const AFTER_LAST_EPOCH_MS = 10_000;
const AFTER_SIGTERM_MS = 2_000;

/**
 * Waits until an algorithm ends well. It throws if the algorithm fails or waits for an epoch that does not come, if a
 * channel fails, and if this process is to end.
 *
 * @param algorithm - Started with `detached: true`: its whole process group is ended on the way out.
 */
export async function waitForAlgorithm(algorithm: ChildProcess, channels: ChannelGroup): Promise<void> {
  const over = new AbortController();
  const ended = once(algorithm, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const closed = once(algorithm, 'close'); // nobody has its output open, and all of it is here
  try {
    const [status, signal] = await Promise.race([ended, runsOn(channels), interrupted(over.signal)]);
    if (status !== 0) throw new Error(`The algorithm ended with ${signal ?? `status ${status}`}.`);
  } finally {
    // The reader of a channel that has failed waits for the rest of its data: end it before the channel is stopped,
    // which it would take for the end of the data.
    killGroup(algorithm, 'SIGTERM');
    await Promise.race([closed, delay(AFTER_SIGTERM_MS, undefined, { ref: false })]);
    killGroup(algorithm, 'SIGKILL');
    over.abort();
  }
}

async function runsOn(channels: ChannelGroup): Promise<never> {
  await channels.finished();
  await delay(AFTER_LAST_EPOCH_MS, undefined, { ref: false });
  throw new Error('All epochs are over, and the algorithm runs on. Does it wait for another epoch?');
}

/** A process group of its own does not get the terminal's Ctrl-C. */
async function interrupted(signal: AbortSignal): Promise<never> {
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal })));
  throw new Error('Interrupted.');
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return; // it could not be started
  try {
    process.kill(-pid, signal);
  } catch {
    // nobody is left
  }
}
