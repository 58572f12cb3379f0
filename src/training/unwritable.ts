import { PipeModeError } from '../errors.js';

const FULL = 'Its file system is full, or a quota is used up (`df -h`, `df -i`, `quota`): make room';
const FORBIDDEN = 'This user may not write there';

/** What the system says to somebody who writes into a job's directory, and why. */
const WHY: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: FORBIDDEN,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
};

/** An error of the system's, if a job's files cannot be written for it, in our words; any other as it is. */
export function explained(error: unknown): Error {
  const { code = '', path, message } = error as NodeJS.ErrnoException;
  if (error instanceof PipeModeError || !Object.hasOwn(WHY, code)) return error as Error;
  const advice = `${WHY[code]!}, or have the job elsewhere with the option \`directory\` (or TMPDIR).`;
  const what = `The job's files cannot be written: ${message}. ${advice}`;
  return new PipeModeError('DEST_NOT_WRITABLE', what, { path, cause: error });
}
