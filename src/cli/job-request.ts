import type { TrainingJobRequest } from 'sagemaker-pipe-mode/training';

import { readMembers, withPairs } from './members.js';

/** What the command line says instead of the document. */
export interface RequestOverrides {
  readonly hyperparameter?: readonly string[];
}

/**
 * Reads the request of a training job, in the shape of `CreateTrainingJob`. Whether it is one is for the library to check.
 *
 * @throws UsageError
 */
export async function readJobRequest(
  file: string,
  { hyperparameter = [] }: RequestOverrides,
): Promise<TrainingJobRequest> {
  const request = await readMembers(file, 'InputDataConfig');
  if (hyperparameter.length === 0) return request;
  const parameters = withPairs(request['HyperParameters'], '--hyperparameter', hyperparameter);
  return { ...request, HyperParameters: parameters } as TrainingJobRequest;
}
