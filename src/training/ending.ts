/** Why a job ends before its algorithm does. */
export type Ending =
  /** Somebody has called `stop()`. */
  | { readonly kind: 'stop' }
  /** The job was disposed of. */
  | { readonly kind: 'disposal' }
  /** The caller's signal was aborted. */
  | { readonly kind: 'abort'; readonly reason: unknown }
  /** `MaxRuntimeInSeconds` is over. */
  | { readonly kind: 'timeout' }
  /** A channel, the log or the start has failed. */
  | { readonly kind: 'failure'; readonly error: Error };

/** What a status says of it. */
export function describeEnding(ending: Exclude<Ending, { kind: 'failure' }>): string {
  switch (ending.kind) {
    case 'stop':
      return 'Stopping the training job: stop() was called';
    case 'disposal':
      return 'Stopping the training job: it was disposed of';
    case 'abort':
      return 'Stopping the training job: its signal was aborted';
    case 'timeout':
      return 'Stopping the training job: MaxRuntimeInSeconds is over';
  }
}
