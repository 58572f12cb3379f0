import type { Channel } from 'sagemaker-pipe-mode';

import { createView } from './create-view.js';
import { Failures } from './failures.js';
import { EndingSignals } from './signals.js';
import type { Streams } from './streams.js';
import type { View } from './view.js';

/** How the command runs its channels. */
export interface RunOptions {
  /** Ends at the first failure, although a reader then takes what it got for the whole epoch. */
  readonly exitOnFailure: boolean;
  /** Shows everything that is known about a failure. */
  readonly debug: boolean;
  /** Shows events as JSON, also on a terminal. */
  readonly json: boolean;
}

/** Runs channels to their end, a failure or a signal, and cleans up. Resolves with the exit status. */
export async function run(streams: Streams, { exitOnFailure, debug, json }: RunOptions): Promise<number> {
  using signals = new EndingSignals();
  const channels = streams.feeds.map(({ channel }) => channel);
  const view = createView(streams.feeds, { json });
  const report = (text: string) => view.tell(text);
  using failures = new Failures(channels, { exitOnFailure, debug, report });
  try {
    const status = await Promise.race([streamAll(streams, { channels, view, failures }), signals.first]);
    // Of channels that are at their end nothing is left but the files of File mode, which were asked for.
    if (status !== 0 || failures.any) await streams.stop();
    return failures.any ? 1 : status;
  } finally {
    view.close();
  }
}

interface Watchers {
  readonly channels: readonly Channel[];
  readonly view: View;
  readonly failures: Failures;
}

async function streamAll(streams: Streams, { channels, view, failures }: Watchers): Promise<number> {
  try {
    await streams.start();
  } catch (error) {
    if (failures.any) return 1; // it has been reported, and no reader has got anything
    throw error;
  }
  view.ready();
  const allOver = Promise.allSettled(channels.map((channel) => channel.finished()));
  await Promise.race([allOver.then(() => (failures.any ? failures.mayEnd : undefined)), failures.mayEnd]);
  return 0;
}
