import { PipeModeError, type PipeModeErrorCode } from '../errors.js';
import type { ProgramExit } from '../runner/runner.js';
import type { Ending } from './ending.js';
import { type FailureFile, MOST_CHARACTERS } from './failure-file.js';

/** The `FailureReason` of a job whose algorithm has failed: what its failure file says, or how it has ended. */
export function algorithmFailure(exit: ProgramExit, failure: FailureFile | undefined): string {
  if (failure !== undefined && failure.text.trim() !== '') return failure.text;
  const how = exit.signal === null ? `exit code: ${exit.code}` : `signal: ${exit.signal}`;
  return `AlgorithmError: ${how}${exit.outOfMemory ? ', out of memory' : ''}`;
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
  const text = `${whose}: ${isOfUpload === true ? 'Artifact upload failed:' : ''}${error.message}`;
  return Array.from(text).slice(0, MOST_CHARACTERS).join('');
}
