import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { checkBoolean } from '../options/checks.js';
import { check } from '../options/expected.js';
import { type Names, readOptions } from '../options/read-options.js';
import type { ContainerOptions } from '../runner/container/options.js';
import type { Isolation } from '../runner/process-runner.js';
import {
  PROGRAM_OPTIONS,
  readProgramOptions,
  type ResolvedProgramOptions,
} from '../runner/program-options.js';
import { checkS3Options } from '../source/s3/options.js';
import { type JobChannels, readJobChannels } from './channels/job-channels.js';

/** As long as SageMaker waits between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 120_000;

/** When to say that nothing moves, in milliseconds. */
const STALLED_AFTER_MS = 60_000;

/**
 * How to run a training job here: what its request does not say. With a `command` the algorithm is a program of this
 * machine; without one it runs in a container.
 */
export type TrainingJobOptions = CommonJobOptions & (CommandOptions | ImageOptions);

/** An algorithm that is a program of this machine. */
export interface CommandOptions {
  /**
   * The program and its arguments: what an image's entrypoint would be. It gets `train` as its last argument, as SageMaker
   * starts containers, unless the request has `ContainerArguments`; `ContainerEntrypoint` runs instead of it.
   */
  readonly command: readonly string[];
  /**
   * What keeps the program apart from the machine:
   * - `namespace`: it sees the job's directory as /opt/ml, finds its host by name, and nothing survives it. Linux only.
   * - `none`: the directory is only named, in `SAGEMAKER_BASE_DIR`. Host names are not known.
   *
   * Default `namespace`.
   */
  readonly isolation?: Isolation | undefined;
  /** Not beside `command`. */
  readonly image?: undefined;
  /** Not beside `command`. */
  readonly container?: undefined;
}

/** An algorithm that is in a container image. */
export interface ImageOptions {
  /** Not beside `image`. */
  readonly command?: undefined;
  /** Not beside `image`. */
  readonly isolation?: undefined;
  /**
   * The image. Its entrypoint gets `train` as its argument, unless the request has `ContainerArguments`;
   * `ContainerEntrypoint` runs instead of it. Default: the request's `TrainingImage`.
   */
  readonly image?: string | undefined;
  /** Where and how its container runs. */
  readonly container?: ContainerOptions | undefined;
}

/** What does not depend on where the algorithm runs. */
export interface CommonJobOptions {
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
  /** The program's working directory, which is there or below its /opt/ml: a path or a `file://` URL. Default: `baseDir`. */
  readonly cwd?: string | URL | undefined;
  /** Demand of the request all that AWS demands, and take `s3://` URIs only. Default `false`. */
  readonly strict?: boolean | undefined;
  /**
   * The environment that an image would bring, or, in a container, that is added to the image's own; the job's variables
   * and the request's `Environment` come on top. Default: that of this process, without `SAGEMAKER_BASE_DIR`, which would
   * lead the algorithm away from its /opt/ml; nothing for a container.
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
  /**
   * After how long without progress the job emits `stalled`, in milliseconds, or `Infinity` for never. Progress is a byte
   * through a channel, a line of output, or CPU time: more than a twentieth of what a core has. The event, the error of a
   * job that ends like that, and its findings say what each process waits for. Where there is no /proc, nobody can tell.
   * Default 60,000.
   */
  readonly stalledAfterMs?: number | undefined;
  /**
   * After how long without progress the job is ended, in milliseconds, or `Infinity` for never: its programs are killed,
   * and `finished()` rejects with `TRAINING_JOB_TIMED_OUT`. Shorter than the test's own time limit it tells why a test
   * hangs. Default `Infinity`, as in the cloud, where only `MaxRuntimeInSeconds` ends such a job.
   */
  readonly stallTimeoutMs?: number | undefined;
  /** A client for S3, or its configuration, for all channels. Default: the SDK's usual ways to find credentials. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /** Who pays for what all channels read of requester-pays buckets. Default: the owner. */
  readonly requestPayer?: 'requester' | undefined;
  /** Stops the job when it is aborted, as `stop()` does; `finished()` then rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked, with their defaults. Paths are absolute. */
export interface ResolvedJobOptions extends ResolvedProgramOptions {
  readonly channels: JobChannels;
  readonly strict: boolean;
  readonly stalledAfterMs: number;
  readonly stallTimeoutMs: number;
  readonly s3: S3Client | S3ClientConfig | undefined;
  readonly requestPayer: 'requester' | undefined;
}

/** All that there are, whichever go together. */
type AnyOptions = CommonJobOptions & Partial<Record<keyof CommandOptions | keyof ImageOptions, unknown>>;

const OPTIONS: Names<AnyOptions> = {
  ...PROGRAM_OPTIONS,
  channels: true,
  strict: true,
  stalledAfterMs: true,
  stallTimeoutMs: true,
  s3: true,
  requestPayer: true,
};

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `INVALID_CHANNEL_NAME` */
export function readJobOptions(options: TrainingJobOptions): ResolvedJobOptions {
  const given = readOptions<AnyOptions>(options, OPTIONS) as TrainingJobOptions;
  const { channels = {}, strict = false, s3, requestPayer } = given;
  const { stalledAfterMs = STALLED_AFTER_MS, stallTimeoutMs = Infinity } = given;
  const program = readProgramOptions(given, GRACE_MS);
  checkBoolean('strict', strict);
  const time = 'a number of milliseconds above 0, or Infinity';
  for (const [name, value] of Object.entries({ stalledAfterMs, stallTimeoutMs }))
    check(name, time, value, (ms) => typeof ms === 'number' && ms > 0);
  checkS3Options(given);
  return {
    ...program,
    channels: readJobChannels(channels, program.baseDir),
    strict,
    stalledAfterMs,
    stallTimeoutMs,
    s3,
    requestPayer,
  };
}
