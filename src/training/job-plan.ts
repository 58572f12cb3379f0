import { PipeModeError, type RequestProblem } from '../errors.js';
import { readArgument } from '../options/read-options.js';
import type { Isolation } from '../runner/process-runner.js';
import { MOST_HOSTS } from '../runner/program.js';
import type { Runner } from '../runner/runner.js';
import { resolveTrainingRequest } from '../sagemaker/resolve-training-request.js';
import type { ResolvedTrainingRequest, TrainingJobRequest } from '../sagemaker/training-request.js';
import { withJobChannels } from './channels/job-channels.js';
import { compileMetrics, type MetricExpression } from './metrics/metric-expression.js';
import { checkpointPath } from './opt-ml/config-files.js';
import { type Host, hostsOf, numberOfHosts } from './opt-ml/hosts.js';
import { jobRunner } from './job-runner.js';
import { readJobOptions, type ResolvedJobOptions, type TrainingJobOptions } from './options.js';

/** Everything about a job that is known before anything is done. */
export interface JobPlan {
  readonly request: ResolvedTrainingRequest;
  readonly options: ResolvedJobOptions;
  readonly hosts: readonly Host[];
  /** The program and its arguments, `train` included; in a container mostly the arguments only. */
  readonly command: readonly string[];
  /** What runs it, on all hosts. */
  readonly runner: Runner;
  /** Whether that is a container of its own. */
  readonly isContainer: boolean;
  readonly metrics: readonly MetricExpression[];
  /**
   * How long what an algorithm has left may take when somebody has asked for an end, in milliseconds: the last synchronisation
   * of its checkpoints, and the upload that `stop()` finds under way.
   */
  readonly keepMs: number;
}

/** As long as the service gives a program after SIGTERM. A choice of ours. */
const KEEP_MS = 120_000;

/**
 * Looks at all that was asked for.
 *
 * @throws {@link PipeModeError} `INVALID_REQUEST`, `INVALID_OPTION`, `UNKNOWN_OPTION`, `INVALID_CHANNEL_NAME`
 */
export function planJob(given: TrainingJobRequest, givenOptions: TrainingJobOptions): JobPlan {
  const options = readJobOptions(givenOptions);
  const { baseDir, strict, channels } = options;
  const withSource = new Set(Object.keys(channels).filter((name) => channels[name]!.source !== undefined));
  const whole = readArgument('request', () => withJobChannels(given, channels));
  const request = resolveTrainingRequest(whole, {
    strict,
    baseDir,
    hasCommand: options.command !== undefined || options.image !== undefined,
    withSource,
  });
  const { metrics, problems } = compileMetrics(request.AlgorithmSpecification.MetricDefinitions ?? []);
  const all = [...problems, ...possibleHosts(request, options.isolation), ...ownCheckpoints(request)];
  if (all.length > 0) throw invalidRequest(all);
  const hosts = hostsOf(request);
  const isContainer = options.command === undefined;
  const command = commandOf(request, options.command ?? []);
  const runner = jobRunner(request, options);
  return { request, options, hosts, command, runner, isContainer, metrics, keepMs: KEEP_MS };
}

/**
 * API reference, AlgorithmSpecification: the entrypoint "takes precedence over the default train processing instructions".
 * The command of an image is its own entrypoint, which the engine knows.
 */
function commandOf(
  { AlgorithmSpecification: algorithm }: ResolvedTrainingRequest,
  command: readonly string[],
): readonly string[] {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: given } = algorithm;
  return [...(entrypoint ?? command), ...(given ?? (entrypoint === undefined ? ['train'] : []))];
}

/** Hosts that are not known by their names cannot reach each other: whoever tries would wait. */
function possibleHosts(request: ResolvedTrainingRequest, isolation: Isolation): RequestProblem[] {
  const count = numberOfHosts(request);
  const isPlain = isolation === 'none';
  if (count <= (isPlain ? 1 : MOST_HOSTS)) return [];
  const hasGroups = (request.ResourceConfig.InstanceGroups ?? []).length > 0;
  const path = `ResourceConfig.${hasGroups ? 'InstanceGroups' : 'InstanceCount'}`;
  const rule = isPlain
    ? "one instance with `isolation: 'none'`, where hosts have no names of their own"
    : `at most ${MOST_HOSTS} instances here, which is a limit of sagemaker-pipe-mode and not of the service`;
  const message = `${path} asks for ${count} instances: expected ${rule}.`;
  return [{ path, value: String(count), rule, message }];
}

/** Elsewhere is a directory of this machine, which is not the job's to make or to empty. */
function ownCheckpoints(request: ResolvedTrainingRequest): RequestProblem[] {
  const value = checkpointPath(request, '/opt/ml');
  if (value === undefined || (/^\/opt\/ml\/./.test(value) && !value.split('/').includes('..'))) return [];
  const path = 'CheckpointConfig.LocalPath';
  const rule = 'a path below /opt/ml: nothing else belongs to the job';
  return [{ path, value, rule, message: `${path} is \`${value}\`: expected ${rule}.` }];
}

function invalidRequest(problems: readonly RequestProblem[]): PipeModeError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const list = problems.map(({ message }) => `- ${message}`).join('\n');
  return new PipeModeError('INVALID_REQUEST', `The request of the training job has ${count}:\n${list}`, {
    problems,
  });
}
