import { constants } from 'node:os';

import { PipeModeError, type PipeModeErrorCode } from '../errors.js';
import type { ProgramExit } from '../runner/runner.js';
import type { Ending } from './ending.js';
import { type FailureFile, MOST_CHARACTERS } from './failure-file.js';

/** What the service says of an algorithm that has run out of memory, as others compare it (comic/grand-challenge.org). */
const OUT_OF_MEMORY =
  'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.';

/**
 * The `FailureReason` of a job whose algorithm has failed: what its failure file says, and how it has ended. That is how public
 * reports show the service's: `AlgorithmError: , exit code: 1` without a file
 * (aws-samples/amazon-sagemaker-ml-pipeline-deploy-with-terraform#12), the text between the two with one
 * (aws/amazon-sagemaker-examples#1740), and the exit status of a shell, 139, for a signal (aws/sagemaker-python-sdk#134).
 */
export function algorithmFailure(exit: ProgramExit, failure: FailureFile | undefined): string {
  const text = failure?.text ?? '';
  if (exit.outOfMemory && text === '') return OUT_OF_MEMORY;
  return shortened(`AlgorithmError: ${text}, exit code: ${statusOf(exit)}`);
}

/** As shells have it: 128 and the number of the signal. */
function statusOf({ code, signal }: ProgramExit): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** What the job itself has got wrong: the service says `ClientError` of these (aws/amazon-sagemaker-examples#3650). */
const OF_CLIENT = new Set<string>([
  'PROGRAM_NOT_FOUND',
  'PROGRAM_NOT_EXECUTABLE',
  'IMAGE_NOT_FOUND',
  'INVALID_OPTION',
] satisfies PipeModeErrorCode[]);

/**
 * The one of a job that has failed for another reason. What a channel or an upload fails for is the client's to mend; the
 * service says `ClientError: Artifact upload failed:…` (aws/amazon-sagemaker-examples#3881).
 */
export function otherFailure({ error, isOfUpload }: Extract<Ending, { kind: 'failure' }>): string {
  const isOfClient =
    error instanceof PipeModeError && (error.channel !== undefined || OF_CLIENT.has(error.code));
  const whose = isOfUpload === true || isOfClient ? 'ClientError' : 'InternalServerError';
  return shortened(`${whose}: ${isOfUpload === true ? 'Artifact upload failed:' : ''}${error.message}`);
}

/**
 * AWS's model of the API has 1,024 characters for it. They are the first of all of it: in reports, `AlgorithmError: ` and 1,008
 * characters of a longer failure file, without an exit code.
 */
function shortened(reason: string): string {
  return Array.from(reason).slice(0, MOST_CHARACTERS).join('');
}
