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
}

/** Runs channels to their end, a failure or a signal, and cleans up. Resolves with the exit status. */
export async function run(streams: Streams, { exitOnFailure, debug }: RunOptions): Promise<number> {
  using signals = new EndingSignals();
  const view = createView(streams.channels);
  const report = (text: string) => view.writeAbove(() => process.stderr.write(`${text}\n`));
  using failures = new Failures(streams.channels, { exitOnFailure, debug, report });
  try {
    const status = await Promise.race([streamAll(streams, view, failures), signals.first]);
    await streams.stop();
    return failures.any ? 1 : status;
  } finally {
    view.close();
  }
}

async function streamAll(streams: Streams, view: View, failures: Failures): Promise<number> {
  try {
    await streams.start();
  } catch (error) {
    if (failures.any) return 1; // it has been reported, and no reader has got anything
    throw error;
  }
  view.ready();
  const allOver = Promise.allSettled(streams.channels.map((channel) => channel.finished()));
  await Promise.race([allOver.then(() => (failures.any ? failures.mayEnd : undefined)), failures.mayEnd]);
  return 0;
}
