import { constants } from 'node:os';

import type { EndingSignals } from './signals.js';

/** What can be stopped, as the service would, or killed. */
interface Stoppable extends AsyncDisposable {
  stop(): Promise<void>;
}

/** What has come of signals. */
export interface StoppedBySignals {
  /** The exit status for it; `undefined` as long as none has come. */
  readonly status: number | undefined;
}

/**
 * The first signal stops the job as the service would; whoever sends another one does not want to wait for that.
 *
 * @param what - as in `the training job`
 */
export function stopBySignals(
  job: Stoppable,
  what: string,
  { signals, tell }: { readonly signals: EndingSignals; readonly tell: (text: string) => void },
): StoppedBySignals {
  const stopped: { status: number | undefined } = { status: undefined };
  signals.passTo((name, isFirst) => {
    stopped.status = 128 + constants.signals[name];
    if (!isFirst) {
      void job[Symbol.asyncDispose]();
      return;
    }
    tell(`sagemaker-pipe: stopping ${what} (again: kill it)`);
    void job.stop();
  });
  return stopped;
}
