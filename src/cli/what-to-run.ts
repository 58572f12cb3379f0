import type { Isolation } from 'sagemaker-pipe-mode/training';

import { UsageError } from './usage-error.js';

/** What the command line says of it. */
interface RunFlags {
  readonly image?: string;
  readonly isolation?: Isolation;
}

/**
 * A program of this machine, or an image: that of the request, if the command line has neither.
 *
 * @param purpose - what it is for, as in `train`
 * @throws UsageError
 */
export function whatToRun(
  purpose: string,
  program: readonly string[] | undefined,
  { image, isolation }: RunFlags,
  imageOfRequest: string | undefined,
) {
  if (program !== undefined && image !== undefined)
    throw new UsageError(
      'Expected either a program after "--" or --image IMAGE, got both: leave one of them out.',
    );
  if (program !== undefined && program.length > 0) return { command: program, cwd: process.cwd(), isolation };
  if (program === undefined && (image ?? imageOfRequest) !== undefined) return { image };
  throw new UsageError(`Expected the program to ${purpose} with, after "--", or an image: --image IMAGE.`);
}
