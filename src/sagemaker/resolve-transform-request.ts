import { PipeModeError } from '../errors.js';
import { newName } from './defaults.js';
import { locationReader } from './location.js';
import { checkTransform, type TransformDraft } from './rules/transform-rules.js';
import type { ResolvedTransformRequest, TransformRequestAsText } from './transform-request.js';
import { validate } from './validate.js';

/** How to read a request. */
export interface ResolveTransformOptions {
  /** Whether the servers share the port 8080 of this machine. */
  readonly sharesPort: boolean;
  /** What paths are relative to: an absolute path. */
  readonly baseDir: string;
}

/** What the model requires, and has a default here. */
const OPTIONAL_HERE =
  /^(TransformJobName|ModelName|TransformResources(\.Instance(Type|Count))?|TransformInput\.DataSource\.S3DataSource\.S3DataType)$/;

/**
 * A request of `CreateTransformJob`, whatever it is, with its defaults and with absolute paths. Everything that is wrong
 * with it is found at once.
 *
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`
 */
export function resolveTransformRequest(
  request: unknown,
  { sharesPort, baseDir }: ResolveTransformOptions,
): ResolvedTransformRequest {
  const { value, problems } = validate('CreateTransformJobRequest', request, {
    isOptional: (path) => OPTIONAL_HERE.test(path),
    instead: { S3Uri: locationReader(baseDir) },
  });
  for (const problem of checkTransform(value as TransformDraft, { sharesPort })) {
    if (!problems.has(problem.path)) problems.add(() => problem);
  }
  if (problems.total > 0) {
    const count = problems.total === 1 ? 'a problem' : `${problems.total} problems`;
    const message = `The request of the transform job has ${count}:\n${problems.describe()}`;
    throw new PipeModeError('INVALID_REQUEST', message, { problems: problems.list });
  }
  return withDefaults(value as TransformRequestAsText);
}

function withDefaults(request: TransformRequestAsText): ResolvedTransformRequest {
  const { TransformInput: input, TransformOutput: output, TransformResources: resources } = request;
  const { ModelClientConfig: client, DataProcessing: processing } = request;
  const { S3DataType = 'S3Prefix', S3Uri } = input!.DataSource!.S3DataSource!;
  return {
    ...request,
    TransformJobName: request.TransformJobName ?? newName(),
    ModelName: request.ModelName ?? 'local',
    TransformInput: {
      CompressionType: 'None',
      SplitType: 'None',
      ...input,
      DataSource: { S3DataSource: { S3DataType, S3Uri: S3Uri! } },
    },
    TransformOutput: { AssembleWith: 'None', ...output, S3OutputPath: output!.S3OutputPath! },
    TransformResources: {
      ...resources,
      InstanceType: resources?.InstanceType ?? 'ml.m5.large',
      InstanceCount: resources?.InstanceCount ?? 1,
    },
    Environment: request.Environment ?? {},
    ModelClientConfig: {
      InvocationsTimeoutInSeconds: client?.InvocationsTimeoutInSeconds ?? 600,
      InvocationsMaxRetries: client?.InvocationsMaxRetries ?? 3,
    },
    DataProcessing: {
      InputFilter: processing?.InputFilter ?? '$',
      OutputFilter: processing?.OutputFilter ?? '$',
      JoinSource: processing?.JoinSource === 'Input' ? 'Input' : 'None',
    },
  };
}
