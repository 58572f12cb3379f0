import type { EndpointRequest } from 'sagemaker-pipe-mode/serving';

import { type Members, readMembers, withPairs } from './members.js';
import { CONTAINER_MEMBERS, containerOf, modelLocation, onlyOne } from './model-container.js';

/** What the command line says instead of the document. */
export interface EndpointOverrides {
  readonly name?: string;
  readonly model?: string;
  readonly env?: readonly string[];
  readonly instances?: number;
}

/** Of `CreateModel` and `CreateEndpointConfig`, and of what describes them, what is no matter of an endpoint here. */
const CLOUD_ONLY = [
  'AsyncInferenceConfig',
  'CreationTime',
  'DataCaptureConfig',
  'DeploymentRecommendation',
  'EnableNetworkIsolation',
  'EndpointConfigArn',
  'EndpointConfigName',
  'ExecutionRoleArn',
  'ExplainerConfig',
  'InferenceExecutionConfig',
  'KmsKeyId',
  'ModelArn',
  'ModelName',
  'ShadowProductionVariants',
  'Tags',
  'VpcConfig',
];

/**
 * Reads what to serve: the members of a container definition and of a production variant in one object, a request of
 * `CreateModel` or of `CreateEndpointConfig`, or one that has both. Whether that is right is for the library to check.
 *
 * @param file - `undefined` for nothing but what the command line says
 * @throws UsageError
 */
export async function readEndpointRequest(
  file: string | undefined,
  overrides: EndpointOverrides,
): Promise<EndpointRequest> {
  const document = file === undefined ? {} : await readMembers(file, 'ModelDataUrl, or PrimaryContainer');
  return withOverrides(membersOf(document), overrides);
}

/** What a request for AWS has one level deeper, lifted. */
function membersOf(document: Members): Members {
  const container = containerOf(document);
  const variant = onlyOne(document, undefined, 'ProductionVariants');
  if (container === undefined && variant === undefined) return document;
  const rest = Object.entries(document).filter(
    ([name]) => !LIFTED.includes(name) && !CLOUD_ONLY.includes(name),
  );
  return { ...Object.fromEntries(rest), ...variant, ...container };
}

const LIFTED = [...CONTAINER_MEMBERS, 'ProductionVariants'];

function withOverrides(
  request: Members,
  { name, model, env = [], instances }: EndpointOverrides,
): EndpointRequest {
  const changed: Record<string, unknown> = { ...request };
  if (name !== undefined) changed['EndpointName'] = name;
  if (instances !== undefined) changed['InitialInstanceCount'] = instances;
  if (model !== undefined) {
    delete changed['ModelDataSource'];
    changed['ModelDataUrl'] = modelLocation(model);
  }
  if (env.length > 0) changed['Environment'] = withPairs(changed['Environment'], '--env', env);
  return changed;
}
