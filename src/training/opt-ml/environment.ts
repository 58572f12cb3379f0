import { definedVariables } from '../../runner/program-options.js';
import { regionOf } from '../../sagemaker/region.js';
import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';
import { trainingJobArn } from '../training-job-arn.js';

/**
 * All of the environment of an algorithm. What it has here without a job, as an image brings it, then the job's variables,
 * then the request's `Environment`, which may replace either.
 *
 * @param base - what an image would bring: `PATH` and so on
 */
export function environmentOf(
  request: ResolvedTrainingRequest,
  host: string,
  base: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return {
    ...definedVariables(base),
    TRAINING_JOB_NAME: request.TrainingJobName,
    TRAINING_JOB_ARN: trainingJobArn(request),
    AWS_REGION: regionOf({ ...process.env, ...base }),
    CURRENT_HOST: host,
    ...request.Environment,
  };
}
