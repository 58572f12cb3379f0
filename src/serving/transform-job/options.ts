import { checkInteger } from '../../options/checks.js';
import { expected } from '../../options/expected.js';
import { isPath } from '../../options/location.js';
import { type Names, readArgument, readOptions } from '../../options/read-options.js';
import { readLocation } from '../../sagemaker/location.js';
import type { EndpointRequest } from '../../sagemaker/endpoint-request.js';
import type { EndpointLimits } from '../limits.js';
import {
  type CommonEndpointOptions,
  ENDPOINT_OPTIONS,
  type EndpointOptions,
  readEndpointOptions,
  type ResolvedEndpointOptions,
  type ServerCommandOptions,
  type ServerImageOptions,
} from '../options.js';

/** How long an answer may be that waits for its turn, in bytes: as long as a payload. Our choice. */
const MOST_ANSWER_BYTES = 100 * 1024 * 1024;

/** How long servers have between SIGTERM and SIGKILL, in milliseconds. Our choice: all that they have to answer is written then. */
const GRACE_MS = 1000;

/**
 * How to transform here: what the request does not say. With a `command` the server is a program of this machine; with an `image`
 * it runs in a container.
 */
export type TransformJobOptions = CommonTransformJobOptions & (ServerCommandOptions | TransformImageOptions);

/** A server that is in a container image. */
export interface TransformImageOptions extends Omit<ServerImageOptions, 'image'> {
  /** The image. Its entrypoint gets `serve` as its argument. */
  readonly image: string;
}

/** What does not depend on where the servers run. */
export interface CommonTransformJobOptions extends Omit<
  CommonEndpointOptions,
  'limits' | 'directory' | 'stopGraceMs'
> {
  /**
   * The model, which the request can only name: an archive, `.tar.gz` or `.tar`, or a directory, by its path, `file://` or
   * `s3://`; or what a training job here has come to. The servers find it in `/opt/ml/model`. Default: none.
   */
  readonly model?: EndpointRequest['ModelDataUrl'];
  /**
   * Where to have the files of the servers, in a directory that is new or empty, a path or a `file://` URL: `instance-1` and so
   * on, which are /opt/ml, and `logs`. It is not removed. Default: a temporary directory, which is removed with the job.
   */
  readonly directory?: string | URL | undefined;
  /**
   * How long an answer may be that is held until those before it are written, in bytes from 1 up. Default 104,857,600, which is
   * 100 MB. The answer to a payload without a bound (`MaxPayloadInMB: 0`) is not held, and may be of any length.
   */
  readonly maxAnswerBytes?: number | undefined;
  /**
   * How long a server has between SIGTERM and SIGKILL when there is nothing more to ask it, in milliseconds from 0 up, or
   * `Infinity`. Default 1,000: what the service grants servers of a batch transform is not public.
   */
  readonly stopGraceMs?: number | undefined;
  /** What the service grants a server. Times to answer are the request's, in `ModelClientConfig`. */
  readonly limits?: TransformLimits | undefined;
}

/** What the service grants a server of a batch transform. */
export type TransformLimits = Pick<
  EndpointLimits,
  'connectTimeoutMs' | 'pingTimeoutMs' | 'maxModelBytes' | 'maxModelEntries'
>;

/** Options, checked, with their defaults. */
export interface ResolvedTransformJobOptions {
  readonly model: EndpointRequest['ModelDataUrl'];
  readonly maxAnswerBytes: number;
  /** What the servers are started with. */
  readonly endpoint: EndpointOptions;
  readonly resolved: ResolvedEndpointOptions;
}

/** All that there are, whichever go together. */
type AnyOptions = CommonTransformJobOptions &
  Partial<Record<keyof ServerCommandOptions | keyof ServerImageOptions, unknown>>;

const OPTIONS: Names<AnyOptions> = { ...ENDPOINT_OPTIONS, model: true, maxAnswerBytes: true };

const LIMITS: Names<TransformLimits> = {
  connectTimeoutMs: true,
  pingTimeoutMs: true,
  maxModelBytes: true,
  maxModelEntries: true,
};

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readTransformJobOptions(options: TransformJobOptions): ResolvedTransformJobOptions {
  const given = readOptions<AnyOptions>(options, OPTIONS);
  const { model, maxAnswerBytes = MOST_ANSWER_BYTES, limits = {}, stopGraceMs = GRACE_MS, ...rest } = given;
  checkInteger('maxAnswerBytes', 'a number of bytes from 1 up', maxAnswerBytes, 1);
  const ownLimits = readOptions<TransformLimits>(limits, LIMITS, 'limits');
  if (rest.command === undefined && rest.image === undefined)
    throw expected('command', 'a program and its arguments, where there is no `image`', undefined);
  // A payload has a bound of its own, which the endpoint does not know.
  const endpoint = {
    ...rest,
    stopGraceMs,
    limits: { ...ownLimits, maxPayloadBytes: Number.MAX_SAFE_INTEGER },
  };
  const resolved = readEndpointOptions(endpoint as EndpointOptions);
  checkModel(model);
  return { model, maxAnswerBytes, endpoint: endpoint as EndpointOptions, resolved };
}

/** @throws {@link PipeModeError} `INVALID_OPTION` */
function checkModel(model: unknown): void {
  if (model === undefined) return;
  const directory = readArgument('model', () => trainedDirectory(model));
  if (directory !== undefined) {
    if (!isPath(directory)) throw expected('model', 'the result of a training job, with a model', model);
    return;
  }
  const read = readLocation(model);
  if (!('value' in read)) throw expected('model', read.rule, model, { advice: read.advice });
}

/** `undefined` if it is no result of a training job. */
function trainedDirectory(model: unknown): unknown {
  if (typeof model !== 'object' || model === null || !('model' in model)) return undefined;
  return (model as { model?: { directory?: unknown } }).model?.directory ?? null;
}
