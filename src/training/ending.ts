import type { SecondaryStatus } from './status/job-status.js';
import { explained } from './unwritable.js';

/** Why a job, or an attempt, ends before its algorithm does. */
export type Ending =
  /** Somebody has called `stop()`. */
  | { readonly kind: 'stop' }
  /** The job was disposed of. */
  | { readonly kind: 'disposal' }
  /** The caller's signal was aborted. */
  | { readonly kind: 'abort'; readonly reason: unknown }
  /** `MaxRuntimeInSeconds` is over. */
  | { readonly kind: 'timeout' }
  /** `MaxWaitTimeInSeconds` is over. */
  | { readonly kind: 'waitTimeout' }
  /** Nothing has moved for `stallTimeoutMs`. */
  | { readonly kind: 'stall'; readonly ms: number }
  /** Somebody has called `interrupt()`: only this attempt ends. */
  | { readonly kind: 'interruption' }
  /** A channel, also while it was closed, the log, a checkpoint, the start or, if it says so, the upload has failed. */
  | { readonly kind: 'failure'; readonly error: Error; readonly isOfUpload?: boolean };

/**
 * Which of two endings counts: the first, unless somebody has asked for it and the second says that what was to be kept is
 * lost.
 */
export function decisiveEnding(first: Ending | undefined, second: Ending): Ending {
  const wasAskedFor = first?.kind === 'stop' || first?.kind === 'interruption';
  return first === undefined || wasAskedFor ? second : first;
}

/**
 * How it ends when something is lost that was to be kept. Of what was disposed of nobody misses it; what has failed by itself
 * before stays failed.
 */
export function endingAfterLoss(
  first: Ending | undefined,
  loss: Ending,
  { isDisposed, hasFailed }: { readonly isDisposed: boolean; readonly hasFailed: boolean },
): Ending | undefined {
  if (!isDisposed) return decisiveEnding(first, loss);
  return first ?? (hasFailed ? undefined : { kind: 'disposal' });
}

/** What fails for an error, of the upload of what came out if that is said. */
export function failing(error: unknown, { isOfUpload = false } = {}): Extract<Ending, { kind: 'failure' }> {
  return { kind: 'failure', error: explained(error), isOfUpload };
}

/** The status that it brings, and the message of that. */
export function describeEnding(
  ending: Exclude<Ending, { kind: 'failure' }>,
): readonly [SecondaryStatus, string] {
  switch (ending.kind) {
    case 'stop':
      return ['Stopping', 'Stopping the training job: stop() was called'];
    case 'disposal':
      return ['Stopping', 'Stopping the training job: it was disposed of'];
    case 'abort':
      return ['Stopping', 'Stopping the training job: its signal was aborted'];
    case 'timeout':
      return ['Stopping', 'Stopping the training job: MaxRuntimeInSeconds is over'];
    case 'waitTimeout':
      return ['Stopping', 'Stopping the training job: MaxWaitTimeInSeconds is over'];
    case 'stall':
      return ['Stopping', 'Stopping the training job: nothing has moved for stallTimeoutMs'];
    case 'interruption':
      return ['Interrupted', 'The training job was interrupted: interrupt() was called'];
  }
}
