import { randomBytes } from 'node:crypto';

import type { ResourceConfig } from './create-training-job.js';
import type { RequestAsText, ResolvedTrainingRequest } from './training-request.js';

/** AWS's own (API reference, StoppingCondition): "The default value is 1 day." */
const MAX_RUNTIME_SECONDS = 24 * 60 * 60;

/** A request with what only the cloud needs to be told. {@link ResolvedTrainingRequest} documents each default. */
export function withDefaults(request: RequestAsText): ResolvedTrainingRequest {
  const { AlgorithmSpecification: algorithm, StoppingCondition: limits } = request;
  return {
    ...request,
    TrainingJobName: request.TrainingJobName ?? newName(),
    RoleArn: request.RoleArn ?? 'arn:aws:iam::000000000000:role/local',
    AlgorithmSpecification: { ...algorithm, TrainingInputMode: algorithm?.TrainingInputMode ?? 'Pipe' },
    InputDataConfig: request.InputDataConfig ?? [],
    HyperParameters: request.HyperParameters ?? {},
    Environment: request.Environment ?? {},
    ResourceConfig: resourcesOf(request.ResourceConfig),
    StoppingCondition: { ...limits, MaxRuntimeInSeconds: limits?.MaxRuntimeInSeconds ?? MAX_RUNTIME_SECONDS },
  };
}

function resourcesOf(resources: ResourceConfig = {}): ResourceConfig {
  if ((resources.InstanceGroups ?? []).length > 0) return resources;
  const { InstanceType = 'ml.m5.large', InstanceCount = 1 } = resources;
  return { ...resources, InstanceType, InstanceCount };
}

/** A name that twenty jobs do not share which start in the same millisecond. */
export function newName(): string {
  const time = new Date().toISOString().slice(0, 19).replace(/\D/g, '-');
  return `local-${time}-${randomBytes(3).toString('hex')}`;
}
