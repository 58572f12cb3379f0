import { constants } from 'node:os';

import type { Isolation, TrainingJobError } from 'sagemaker-pipe-mode/training';

import { type RequestOverrides, readJobRequest } from './job-request.js';
import { findingsOf, summaryOf } from './job-summary.js';
import { JobView } from './job-view.js';
import { directoryOf } from './document.js';
import { failureText } from './failure-text.js';
import { type S3Flags, s3Of } from './options.js';
import { EndingSignals } from './signals.js';
import { stopBySignals } from './stop-by-signals.js';
import { tell } from './tell.js';
import { whatToRun } from './what-to-run.js';

/** The options of `train`. */
export interface TrainFlags extends S3Flags, RequestOverrides {
  readonly image?: string;
  readonly directory?: string;
  readonly isolation?: Isolation;
  readonly strict?: true;
  readonly stopGrace?: number;
  readonly json?: true;
  readonly debug?: true;
}

const FAILED = 1;

/** Runs the training job of a document. Resolves with the exit status: the algorithm's, as a shell has it. */
export async function train(
  file: string,
  flags: TrainFlags,
  program: readonly string[] | undefined,
): Promise<number> {
  const { startTrainingJob, TrainingJobError } = await import('sagemaker-pipe-mode/training');
  const request = await readJobRequest(file, flags);
  using signals = new EndingSignals();
  await using job = startTrainingJob(request, {
    ...whatToRun('train', program, flags, request.AlgorithmSpecification?.TrainingImage),
    baseDir: directoryOf(file),
    strict: flags.strict,
    directory: flags.directory,
    stopGraceMs: flags.stopGrace,
    s3: s3Of(flags),
    requestPayer: flags.requestPayer,
  });
  const view = new JobView(job, { json: flags.json === true });
  const stopped = stopBySignals(job, 'the training job', {
    signals,
    tell: (text) => view.tell(text),
  });
  try {
    const result = await job.finished();
    await view.close();
    tell(summaryOf(job, result));
    return stopped.status ?? result.exitCode ?? FAILED;
  } catch (error) {
    await view.close();
    if (!(error instanceof TrainingJobError)) throw error;
    tell(failureText(error, { debug: flags.debug }));
    tell(findingsOf(error.findings).join('\n'));
    return stopped.status ?? statusOf(error);
  }
}

/** That of the algorithm, unless it has ended well and the job has not. */
function statusOf({ exitCode, signal }: TrainingJobError): number {
  if (signal !== null) return 128 + constants.signals[signal];
  return exitCode === null || exitCode === 0 ? FAILED : exitCode;
}
