import type { CommonJobOptions, TrainingJobRequest } from 'sagemaker-pipe-mode/training';

import { planJob } from '../../../src/training/job-plan.js';
import { TrainingJob } from '../../../src/training/training-job.js';

/** Starts a job of a shell script, which keeps what it has left for so many milliseconds only when it is to end. */
export function startImpatiently(
  keepMs: number,
  script: string,
  request: TrainingJobRequest,
  options: CommonJobOptions,
): TrainingJob {
  const command = ['sh', '-c', `ML=/opt/ml; ${script}`];
  return new TrainingJob({ ...planJob(request, { ...options, command }), keepMs });
}
