import { PipeModeError } from '../errors.js';
import { withDefaults } from './defaults.js';
import { absolute, locationReader, readDirectory, readStrictLocation } from './location.js';
import type { Problems } from './problems.js';
import { checkRequest } from './rules/request-rules.js';
import type { RequestDraft } from './rules/rule.js';
import type { RequestAsText, ResolvedTrainingRequest } from './training-request.js';
import { validate } from './validate.js';

/** How to read a request. */
export interface ResolveOptions {
  /** Demand what AWS demands, and take `s3://` URIs only. Default `false`. */
  readonly strict?: boolean | undefined;
  /** Whether the caller says what to run, so that the request need not name an image. Default `false`. */
  readonly hasCommand?: boolean | undefined;
  /** Names of channels that the caller has the data of: they need no `DataSource`, unless `strict`. Default: none. */
  readonly withSource?: ReadonlySet<string> | undefined;
  /** What paths are relative to: an absolute path. Default: the working directory. */
  readonly baseDir?: string | undefined;
}

/** What the model requires, and has a default here; or, a channel's source, a rule that knows more than the model. */
const OPTIONAL_HERE = /^(TrainingJobName|RoleArn|OutputDataConfig|InputDataConfig\[\d+\]\.DataSource)$/;

/**
 * A request of `CreateTrainingJob`, whatever it is, with its defaults and with absolute paths. Everything that is wrong
 * with it is found at once: by AWS's own model, and by the rules between its members.
 *
 * @throws {@link PipeModeError} `INVALID_REQUEST`, with all `problems`
 */
export function resolveTrainingRequest(
  request: unknown,
  options: ResolveOptions = {},
): ResolvedTrainingRequest {
  const { strict = false, hasCommand = false, withSource = new Set(), baseDir = process.cwd() } = options;
  const { value, problems } = validate('CreateTrainingJobRequest', request, {
    isOptional: (path) => !strict && OPTIONAL_HERE.test(path),
    instead: strict
      ? { S3Uri: readStrictLocation }
      : { S3Uri: locationReader(baseDir), DirectoryPath: readDirectory },
  });
  for (const problem of checkRequest(value as RequestDraft, { strict, hasCommand, withSource })) {
    if (!problems.has(problem.path)) problems.add(() => problem);
  }
  if (problems.total > 0) throw invalidRequest(problems);
  return withDefaults(withAbsoluteDirectories(value as RequestAsText, baseDir));
}

/** Directories of file systems are ordinary paths in AWS's model, and directories of this machine here. */
function withAbsoluteDirectories(request: RequestAsText, baseDir: string): RequestAsText {
  return {
    ...request,
    InputDataConfig: request.InputDataConfig?.map((channel) => {
      const source = channel.DataSource?.FileSystemDataSource;
      if (source === undefined) return channel;
      const DirectoryPath = absolute(source.DirectoryPath!, baseDir);
      return { ...channel, DataSource: { FileSystemDataSource: { ...source, DirectoryPath } } };
    }),
  };
}

function invalidRequest(problems: Problems): PipeModeError {
  const count = problems.total === 1 ? 'a problem' : `${problems.total} problems`;
  const message = `The request of the training job has ${count}:\n${problems.describe()}`;
  return new PipeModeError('INVALID_REQUEST', message, { problems: problems.list });
}
