import { closeSync, openSync } from 'node:fs';

import { PipeModeError } from '../errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';

/** What to say when a thread of ours could not be started, or has ended by itself. */
export function threadFailure(cause: Error, program: URL): PipeModeError {
  const noDescriptor = findNoDescriptor(cause, program);
  if (noDescriptor) return tooManyOpenFiles('a worker thread', noDescriptor);
  return new PipeModeError(
    'THREAD_FAILED',
    `A worker thread of sagemaker-pipe-mode failed: ${cause.message}. If you bundle the package, keep it ` +
      `external, so that its "*-worker.cjs" files stay beside the file that starts them.`,
    { cause },
  );
}

/** Node says that a program that it cannot open, for whatever reason, is not there: try again, to know the reason. */
function findNoDescriptor(cause: Error, program: URL): Error | undefined {
  const { code, message } = cause as NodeJS.ErrnoException;
  const named = /\b(EMFILE|ENFILE)\b/.exec(message)?.[1];
  if (named !== undefined) return Object.assign(new Error(message, { cause }), { code: named });
  if (code !== 'MODULE_NOT_FOUND') return undefined;
  try {
    closeSync(openSync(program, 'r'));
    return undefined;
  } catch (error) {
    return isTooManyFiles(error) ? (error as Error) : undefined;
  }
}
