import type { TransformRequest } from 'sagemaker-pipe-mode/serving';

import { fieldOf } from './document.js';
import { type Members, readMembers, withPairs } from './members.js';
import { CONTAINER_MEMBERS, containerOf, modelLocation } from './model-container.js';

/** What the command line says instead of the document. */
export interface TransformOverrides {
  readonly model?: string;
  readonly env?: readonly string[];
}

/** What to transform, and with what. */
export interface TransformDocument {
  readonly request: TransformRequest;
  /** Of the container, if the document has one. */
  readonly image: string | undefined;
  /** That of the command line, or of the container. */
  readonly model: string | undefined;
  /** The container's variables: the request's own come before them. */
  readonly env: Readonly<Record<string, string>>;
}

/** Of `CreateModel`, what is no matter of a transform here. */
const OF_MODEL_ONLY = ['EnableNetworkIsolation', 'ExecutionRoleArn', 'InferenceExecutionConfig', 'VpcConfig'];

/**
 * Reads what to transform: a request of `CreateTransformJob`, which may also have what `CreateModel` says of the model that it
 * names. Whether that is right is for the library to check.
 *
 * @throws UsageError
 */
export async function readTransformRequest(
  file: string,
  { model, env = [] }: TransformOverrides,
): Promise<TransformDocument> {
  const document = await readMembers(file, 'TransformInput');
  const container = containerOf(document);
  const request = container === undefined ? document : withoutModel(document);
  return {
    request: (env.length === 0
      ? request
      : {
          ...request,
          Environment: withPairs(request['Environment'], '--env', env),
        }) as unknown as TransformRequest,
    image: container?.['Image'] as string | undefined,
    model: model === undefined ? modelOf(container) : modelLocation(model),
    env: (container?.['Environment'] ?? {}) as Record<string, string>,
  };
}

/** An archive, or all below a prefix: which of them, its URI says. */
function modelOf(container: Members | undefined): string | undefined {
  const source = fieldOf(fieldOf(container, 'ModelDataSource'), 'S3DataSource');
  return (fieldOf(source, 'S3Uri') ?? fieldOf(container, 'ModelDataUrl')) as string | undefined;
}

function withoutModel(document: Members): Members {
  const lifted = [...CONTAINER_MEMBERS, ...OF_MODEL_ONLY];
  return Object.fromEntries(Object.entries(document).filter(([name]) => !lifted.includes(name)));
}
