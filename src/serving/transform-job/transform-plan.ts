import { resolveTransformRequest } from '../../sagemaker/resolve-transform-request.js';
import type { ResolvedTransformRequest, TransformRequest } from '../../sagemaker/transform-request.js';
import { type EndpointPlan, planEndpoint } from '../endpoint-plan.js';
import { batchEnvironment } from './batch-environment.js';
import {
  readTransformJobOptions,
  type ResolvedTransformJobOptions,
  type TransformJobOptions,
} from './options.js';

/** Everything about a job that is known before anything is done. */
export interface TransformPlan {
  readonly request: ResolvedTransformRequest;
  readonly options: ResolvedTransformJobOptions;
  /** How its servers are started, until a signal is aborted. */
  readonly endpointUntil: (signal: AbortSignal) => EndpointPlan;
}

/**
 * Looks at all that was asked for.
 *
 * @throws {@link PipeModeError} `INVALID_REQUEST`, `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function planTransform(given: TransformRequest, givenOptions: TransformJobOptions): TransformPlan {
  const options = readTransformJobOptions(givenOptions);
  const { command, isolation, baseDir } = options.resolved;
  const sharesPort = command !== undefined && isolation === 'none';
  const request = resolveTransformRequest(given, { sharesPort, baseDir });
  const { TransformJobName, TransformResources } = request;
  const endpoint = planEndpoint(
    {
      EndpointName: TransformJobName,
      ModelDataUrl: options.model,
      InitialInstanceCount: TransformResources.InstanceCount,
    },
    options.endpoint,
  );
  // It may have values that are longer than those of a model may be.
  const withEnvironment = { ...endpoint.request, Environment: batchEnvironment(request) };
  const endpointUntil = (signal: AbortSignal) => ({
    ...endpoint,
    request: withEnvironment,
    options: { ...endpoint.options, signal },
  });
  return { request, options, endpointUntil };
}
