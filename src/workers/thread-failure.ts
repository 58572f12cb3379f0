import { PipeModeError } from '../errors.js';

/** What to say when a thread of ours could not be started, or has ended by itself. */
export function threadFailure(cause: Error): PipeModeError {
  return new PipeModeError(
    'THREAD_FAILED',
    `A worker thread of sagemaker-pipe-mode failed: ${cause.message}. If you bundle the package, keep it ` +
      `external, so that its "*-worker.cjs" files stay beside the file that starts them.`,
    { cause },
  );
}
