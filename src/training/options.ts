import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { checkBoolean, checkOneOf, checkSignal } from '../options/checks.js';
import { check } from '../options/expected.js';
import { isPath, resolveDirectory } from '../options/location.js';
import { checkObject, type Names, readArgument, readOptions } from '../options/read-options.js';
import type { Isolation } from '../runner/process-runner.js';
import { checkS3Options } from '../source/s3/options.js';
import { type JobChannels, readJobChannels } from './channels/job-channels.js';

/** As long as SageMaker waits between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 120_000;

/** How to run a training job here: what its request does not say. */
export interface TrainingJobOptions {
  /**
   * The program and its arguments: what an image's entrypoint would be. It gets `train` as its last argument, as SageMaker
   * starts containers, unless the request has `ContainerArguments`; `ContainerEntrypoint` runs instead of it.
   */
  readonly command: readonly string[];
  /**
   * What the request cannot say of its channels, by their names: objects in memory, a source or transforms of your own,
   * a number of epochs. A channel that is not in the request's `InputDataConfig` is one of the job too.
   */
  readonly channels?: JobChannels | undefined;
  /**
   * What relative paths in the request and in `channels` start at: a path or a `file://` URL. Default: the working directory
   * of this process.
   */
  readonly baseDir?: string | URL | undefined;
  /** The program's working directory: a path or a `file://` URL. Default: `baseDir`. */
  readonly cwd?: string | URL | undefined;
  /** Demand of the request all that AWS demands, and take `s3://` URIs only. Default `false`. */
  readonly strict?: boolean | undefined;
  /**
   * What keeps the program apart from the machine:
   * - `namespace`: it sees the job's directory as /opt/ml, finds its host by name, and nothing survives it. Linux only.
   * - `none`: the directory is only named, in `SAGEMAKER_BASE_DIR`. Host names are not known.
   *
   * Default `namespace`.
   */
  readonly isolation?: Isolation | undefined;
  /**
   * The environment that an image would bring; the job's variables and the request's `Environment` come on top.
   * Default: that of this process.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Where to have the job's files, in a directory that is new or empty, a path or a `file://` URL: `algo-1`, which is its
   * /opt/ml, and `logs`. It is not removed. Default: a temporary directory, which is removed with the job or its result.
   */
  readonly directory?: string | URL | undefined;
  /**
   * How long the program has between SIGTERM and SIGKILL when the job is stopped, in milliseconds from 0 up, or `Infinity`.
   * Default 120,000, as in the cloud.
   */
  readonly stopGraceMs?: number | undefined;
  /** A client for S3, or its configuration, for all channels. Default: the SDK's usual ways to find credentials. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /** Who pays for what all channels read of requester-pays buckets. Default: the owner. */
  readonly requestPayer?: 'requester' | undefined;
  /** Stops the job when it is aborted, as `stop()` does; `finished()` then rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked, with their defaults. Paths are absolute. */
export interface ResolvedJobOptions {
  readonly command: readonly string[];
  readonly channels: JobChannels;
  readonly baseDir: string;
  readonly cwd: string;
  readonly strict: boolean;
  readonly isolation: Isolation;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string | undefined;
  readonly stopGraceMs: number;
  readonly s3: S3Client | S3ClientConfig | undefined;
  readonly requestPayer: 'requester' | undefined;
  readonly signal: AbortSignal | undefined;
}

const OPTIONS: Names<TrainingJobOptions> = {
  command: true,
  channels: true,
  baseDir: true,
  cwd: true,
  strict: true,
  isolation: true,
  env: true,
  directory: true,
  stopGraceMs: true,
  s3: true,
  requestPayer: true,
  signal: true,
};

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `INVALID_CHANNEL_NAME` */
export function readJobOptions(options: TrainingJobOptions): ResolvedJobOptions {
  const given = readOptions(options, OPTIONS);
  const {
    command,
    channels = {},
    strict = false,
    isolation = 'namespace',
    env = process.env,
    stopGraceMs = GRACE_MS,
  } = given;
  check('command', 'a program and its arguments: a list of strings without NULs', command, isCommand);
  checkBoolean('strict', strict);
  checkOneOf('isolation', ['namespace', 'none'] satisfies Isolation[], isolation);
  const grace = 'a number of milliseconds from 0 up, or Infinity';
  check('stopGraceMs', grace, stopGraceMs, (ms) => typeof ms === 'number' && ms >= 0);
  checkS3Options(given);
  if (given.signal !== undefined) checkSignal(given.signal);
  const baseDir = given.baseDir === undefined ? process.cwd() : resolveDirectory('baseDir', given.baseDir);
  return {
    command: readArgument('command', () => [...command]),
    channels: readJobChannels(channels, baseDir),
    baseDir,
    cwd: given.cwd === undefined ? baseDir : resolveDirectory('cwd', given.cwd),
    strict,
    isolation,
    env: readEnvironment(env),
    directory: given.directory === undefined ? undefined : resolveDirectory('directory', given.directory),
    stopGraceMs,
    s3: given.s3,
    requestPayer: given.requestPayer,
    signal: given.signal,
  };
}

function isCommand(value: unknown): boolean {
  if (!Array.isArray(value) || !isPath(value[0])) return false;
  return [...(value as unknown[])].every(isWord);
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  checkObject('env', env, 'an object of strings');
  const entries = readArgument('env', () => Object.entries(env));
  for (const [name, value] of entries) {
    const isValue = (given: unknown) => given === undefined || isWord(given);
    check(`env.${name}`, 'a string without NULs', value, isValue);
  }
  return Object.fromEntries(entries);
}
