import type { ResolvedTransformRequest } from '../../sagemaker/transform-request.js';

/**
 * What servers of a batch transform have in their environment besides (Developer Guide, Custom Inference Code with Batch
 * Transform): of the last three only what the request says. Its own `Environment` may replace them.
 */
export function batchEnvironment(request: ResolvedTransformRequest): Record<string, string> {
  const { MaxPayloadInMB: mb, BatchStrategy: strategy, MaxConcurrentTransforms: atOnce } = request;
  return {
    SAGEMAKER_BATCH: 'true',
    ...(mb === undefined ? undefined : { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(mb) }),
    ...(strategy === undefined
      ? undefined
      : { SAGEMAKER_BATCH_STRATEGY: strategy === 'SingleRecord' ? 'SINGLE_RECORD' : 'MULTI_RECORD' }),
    ...(atOnce === undefined ? undefined : { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(atOnce) }),
    ...request.Environment,
  };
}
