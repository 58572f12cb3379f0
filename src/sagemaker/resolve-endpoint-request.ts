import { PipeModeError } from '../errors.js';
import { isPath } from '../options/location.js';
import { newName } from './defaults.js';
import type { ModelLocation, ResolvedEndpointRequest, TrainedModel } from './endpoint-request.js';
import { locationReader } from './location.js';
import { checkEndpoint, type EndpointDraft } from './rules/endpoint-rules.js';
import { type ReadScalar, validate } from './validate.js';

/** How to read a request. */
export interface ResolveEndpointOptions {
  /** Whether the caller says what to run, so that the request need not name an image. */
  readonly hasCommand: boolean;
  /** Whether the servers share the port 8080 of this machine. */
  readonly sharesPort: boolean;
  /** What paths are relative to: an absolute path. */
  readonly baseDir: string;
}

/** What the model requires, and has a default here. */
const OPTIONAL_HERE = new Set(['VariantName']);

/** What CreateModel's examples and the SageMaker Python SDK call the only variant. */
const ONLY_VARIANT = 'AllTraffic';

/**
 * A request, whatever it is, with its defaults and with absolute paths. Everything that is wrong with it is found at once.
 *
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`
 */
export function resolveEndpointRequest(
  request: unknown,
  { hasCommand, sharesPort, baseDir }: ResolveEndpointOptions,
): ResolvedEndpointRequest {
  const readUri = locationReader(baseDir);
  const { value, problems } = validate('EndpointRequest', request, {
    isOptional: (path) => OPTIONAL_HERE.has(path),
    instead: { Url: modelReader(readUri), S3ModelUri: readUri },
  });
  const draft = value as EndpointDraft;
  for (const problem of checkEndpoint(draft, { hasCommand, sharesPort })) {
    if (!problems.has(problem.path)) problems.add(() => problem);
  }
  if (problems.total > 0) {
    const count = problems.total === 1 ? 'a problem' : `${problems.total} problems`;
    const message = `The request of the endpoint has ${count}:\n${problems.describe()}`;
    throw new PipeModeError('INVALID_REQUEST', message, { problems: problems.list });
  }
  return withDefaults(draft);
}

/** What came out of a training job has a directory; anything else is a location. */
function modelReader(readUri: ReadScalar): ReadScalar {
  return (value, path) => {
    const directory = trainedDirectory(value);
    if (directory === undefined) return readUri(value, path);
    if (isPath(directory)) return { value: { model: { directory } } satisfies TrainedModel };
    return { rule: 'the result of a training job, with a model, or where one is' };
  };
}

/** `undefined` if it is no such result; getters and proxies may throw whatever they like. */
function trainedDirectory(value: unknown): unknown {
  try {
    if (typeof value !== 'object' || value === null || !('model' in value)) return undefined;
    return (value as Partial<TrainedModel>).model?.directory ?? null;
  } catch {
    return null;
  }
}

function withDefaults({ ModelDataUrl, ModelDataSource, ...request }: EndpointDraft): ResolvedEndpointRequest {
  return {
    ...(request as Partial<ResolvedEndpointRequest>),
    EndpointName: request.EndpointName ?? newName(),
    VariantName: request.VariantName ?? ONLY_VARIANT,
    InitialInstanceCount: request.InitialInstanceCount ?? 1,
    Environment: (request.Environment ?? {}) as Readonly<Record<string, string>>,
    model: modelOf(ModelDataUrl, ModelDataSource),
  };
}

function modelOf(
  url: EndpointDraft['ModelDataUrl'],
  source: EndpointDraft['ModelDataSource'],
): ModelLocation | undefined {
  if (typeof url === 'string') return { kind: 'any', location: url };
  if (url !== undefined) return { kind: 'trained', location: url.model.directory };
  const s3 = source?.S3DataSource;
  if (s3 === undefined) return undefined;
  return { kind: s3.CompressionType === 'Gzip' ? 'archive' : 'files', location: s3.S3Uri! };
}
