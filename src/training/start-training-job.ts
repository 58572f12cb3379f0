import { asyncDispose } from '../disposal.js';
import type { TrainingJobRequest } from '../sagemaker/training-request.js';
import { planJob } from './job-plan.js';
import type { TrainingJobOptions } from './options.js';
import type { TrainingJobResult } from './result.js';
import { TrainingJob } from './training-job.js';

/**
 * Starts a training job on this machine: lays out `/opt/ml` for it, feeds its channels, and runs its algorithm with
 * `train` as argument, as SageMaker starts a container. What is wrong with the request is found before anything is done.
 *
 * @param request - in the shape of AWS's `CreateTrainingJob`; what only the cloud needs may be left out
 * @param options - what to run, and what the request cannot say
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`; `INVALID_OPTION`, `UNKNOWN_OPTION`,
 * `INVALID_CHANNEL_NAME`, and what `createChannels` throws. Everything else is for
 * {@link TrainingJob.finished} to throw.
 *
 * @example
 * ```ts
 * import { startTrainingJob } from 'sagemaker-pipe-mode/training';
 *
 * await using job = startTrainingJob(
 *   { HyperParameters: { epochs: '3' }, AlgorithmSpecification: { TrainingInputMode: 'Pipe' } },
 *   { command: ['python3', 'train.py'], channels: { training: { source: './data/training', recordio: true } } },
 * );
 * const result = await job.finished();
 * console.log(await result.model.readText('weights.json'), result.findings);
 * ```
 */
export function startTrainingJob(request: TrainingJobRequest, options: TrainingJobOptions): TrainingJob {
  return new TrainingJob(planJob(request, options));
}

/**
 * Runs a training job on this machine to its end, as {@link startTrainingJob} starts it. Dispose of the result when you have
 * read what you want: that removes the job's directory. When the job fails, that is removed already, unless it is your
 * own (`options.directory`).
 *
 * @throws {@link PipeModeError} what {@link startTrainingJob} and {@link TrainingJob.finished} throw
 *
 * @example
 * ```ts
 * import { runTrainingJob } from 'sagemaker-pipe-mode/training';
 *
 * await using result = await runTrainingJob({}, { command: ['python3', 'train.py'] });
 * console.log(result.model.list());
 * ```
 */
export async function runTrainingJob(
  request: TrainingJobRequest,
  options: TrainingJobOptions,
): Promise<TrainingJobResult> {
  const job = startTrainingJob(request, options);
  try {
    return await job.finished();
  } catch (error) {
    await job[asyncDispose]();
    throw error;
  }
}
