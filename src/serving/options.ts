import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

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
import { type EndpointLimits, readLimits, type ResolvedLimits } from './limits.js';

/**
 * As long as the service waits between SIGTERM and SIGKILL, in milliseconds (Developer Guide, Custom Inference Code with
 * Hosting Services).
 */
const GRACE_MS = 30_000;

/** How often to ask a server in service `/ping`, in milliseconds. */
const HEALTH_CHECK_INTERVAL_MS = 5000;

/**
 * How to serve here: what the request does not say. With a `command` the server is a program of this machine; without one it
 * runs in a container.
 */
export type EndpointOptions = CommonEndpointOptions & (ServerCommandOptions | ServerImageOptions);

/** A server that is a program of this machine. */
export interface ServerCommandOptions {
  /**
   * The program and its arguments: what an image's entrypoint would be. It gets `serve` as its last argument, as SageMaker
   * starts containers.
   */
  readonly command: readonly string[];
  /**
   * What keeps the program apart from the machine:
   * - `namespace`: it sees its directory as /opt/ml, and nothing survives it. It has a network of its own, and so a port 8080
   *   of its own, and no way outside. Linux only; it takes `ip` (iproute2) and `nsenter` (util-linux).
   * - `none`: the directory is only named, in `SAGEMAKER_BASE_DIR`, and the port 8080 is that of this machine.
   *
   * Default `namespace`.
   */
  readonly isolation?: Isolation | undefined;
  /** Not beside `command`. */
  readonly image?: undefined;
  /** Not beside `command`. */
  readonly container?: undefined;
}

/** A server that is in a container image. */
export interface ServerImageOptions {
  /** Not beside `image`. */
  readonly command?: undefined;
  /** Not beside `image`. */
  readonly isolation?: undefined;
  /** The image. Its entrypoint gets `serve` as its argument. Default: the request's `Image`. */
  readonly image?: string | undefined;
  /** Where and how its container runs. */
  readonly container?: ContainerOptions | undefined;
}

/** What does not depend on where the server runs. */
export interface CommonEndpointOptions {
  /**
   * What relative paths in the request start at: a path or a `file://` URL. Default: the working directory of this process.
   */
  readonly baseDir?: string | URL | undefined;
  /** The server's working directory: a path or a `file://` URL. Default: `baseDir`. Of a container it is the image's. */
  readonly cwd?: string | URL | undefined;
  /**
   * The environment that an image would bring, or, in a container, that is added to the image's own; the request's
   * `Environment` comes on top. Default: that of this process, and nothing for a container.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Where to have the files of the endpoint, in a directory that is new or empty, a path or a `file://` URL: `instance-1` and
   * so on, which are /opt/ml, and `logs`. It is not removed. Default: a temporary directory, which is removed with the
   * endpoint.
   */
  readonly directory?: string | URL | undefined;
  /**
   * How long a server has until `/ping` answers 200, in milliseconds above 0, or `Infinity`. Default: the request's
   * `ContainerStartupHealthCheckTimeoutInSeconds`, and without it 480,000, which is the 8 minutes of the service (Developer
   * Guide, Custom Inference Code with Hosting Services).
   */
  readonly startupTimeoutMs?: number | undefined;
  /**
   * How long a server has between SIGTERM and SIGKILL when the endpoint is stopped, in milliseconds from 0 up, or `Infinity`.
   * Default 30,000, as in the cloud.
   */
  readonly stopGraceMs?: number | undefined;
  /**
   * How long to wait between two pings while a server is in service, in milliseconds above 0, or `Infinity` for none. Default
   * 5,000: our choice, the guide says "periodic". A server that fails three in a row is unhealthy, and is replaced.
   */
  readonly healthCheckIntervalMs?: number | undefined;
  /** What the service grants a server, and its caller. Default: the numbers that AWS documents. */
  readonly limits?: EndpointLimits | undefined;
  /** A client for S3, or its configuration. Default: the SDK's usual ways to find credentials. */
  readonly s3?: S3Client | S3ClientConfig | undefined;
  /** Stops the endpoint when it is aborted, as `stop()` does; a start that is under way rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked, with their defaults. Paths are absolute. */
export interface ResolvedEndpointOptions extends ResolvedProgramOptions {
  /** `undefined` if the request, or the service, says it. */
  readonly startupTimeoutMs: number | undefined;
  readonly healthCheckIntervalMs: number;
  readonly limits: ResolvedLimits;
  readonly s3: S3Client | S3ClientConfig | undefined;
}

/** All that there are, whichever go together. */
type AnyOptions = CommonEndpointOptions &
  Partial<Record<keyof ServerCommandOptions | keyof ServerImageOptions, unknown>>;

/** The names of these options. */
export const ENDPOINT_OPTIONS: Names<AnyOptions> = {
  ...PROGRAM_OPTIONS,
  startupTimeoutMs: true,
  healthCheckIntervalMs: true,
  limits: true,
  s3: true,
};

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readEndpointOptions(options: EndpointOptions): ResolvedEndpointOptions {
  const given = readOptions<AnyOptions>(options, ENDPOINT_OPTIONS) as EndpointOptions;
  const { startupTimeoutMs, healthCheckIntervalMs = HEALTH_CHECK_INTERVAL_MS, limits = {}, s3 } = given;
  const program = readProgramOptions(given, GRACE_MS);
  const time = 'a number of milliseconds above 0, or Infinity';
  const isTime = (ms: unknown) => typeof ms === 'number' && ms > 0;
  if (startupTimeoutMs !== undefined) check('startupTimeoutMs', time, startupTimeoutMs, isTime);
  check('healthCheckIntervalMs', time, healthCheckIntervalMs, isTime);
  checkS3Options({ s3 });
  return { ...program, startupTimeoutMs, healthCheckIntervalMs, limits: readLimits(limits), s3 };
}
