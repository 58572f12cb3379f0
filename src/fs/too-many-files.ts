import { PipeModeError, type PipeModeErrorDetails } from '../errors.js';

/** Whether the process, or the whole system, has as many descriptors open as it may. */
export function isTooManyFiles(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}

/** @param what - what there was no descriptor for, as in `the FIFO "/tmp/train_0"` */
export function tooManyOpenFiles(
  what: string,
  cause: unknown,
  details: PipeModeErrorDetails = {},
): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  const whose = code === 'ENFILE' ? 'the system has' : 'this process has';
  return new PipeModeError(
    'TOO_MANY_OPEN_FILES',
    `No descriptor is left for ${what}: ${whose} too many files open (${code}). ` +
      `Close some, or raise the limit: \`ulimit -n\` shows it.`,
    { ...details, cause },
  );
}
