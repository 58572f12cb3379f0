import { containerRunner } from '../runner/container/container-runner.js';
import { processRunner } from '../runner/process-runner.js';
import type { Runner } from '../runner/runner.js';
import type { ResolvedTrainingRequest } from '../sagemaker/training-request.js';
import type { ResolvedJobOptions } from './options.js';

/** What runs a job's algorithm: its command, or a container of its image. All hosts have the same. */
export function jobRunner(
  { AlgorithmSpecification: { TrainingImage, ContainerEntrypoint } }: ResolvedTrainingRequest,
  { command, image = TrainingImage, isolation, container }: ResolvedJobOptions,
): Runner {
  if (command !== undefined) return processRunner({ isolation });
  return containerRunner({ ...container, image: image!, usesEntrypoint: ContainerEntrypoint === undefined });
}
