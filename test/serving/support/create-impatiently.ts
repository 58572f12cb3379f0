import type { CommonEndpointOptions, EndpointRequest } from 'sagemaker-pipe-mode/serving';

import { Endpoint } from '../../../src/serving/endpoint.js';
import { planEndpoint } from '../../../src/serving/endpoint-plan.js';

/** An endpoint whose model has so many milliseconds to be there: a request cannot say less than a minute. */
export function createImpatiently(
  downloadMs: number,
  request: EndpointRequest,
  options: CommonEndpointOptions,
): Endpoint {
  const plan = planEndpoint(request, { ...options, command: ['true'] });
  const ModelDataDownloadTimeoutInSeconds = downloadMs / 1000;
  return new Endpoint({ ...plan, request: { ...plan.request, ModelDataDownloadTimeoutInSeconds } });
}
