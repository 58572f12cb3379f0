import { types } from 'node:util';

import type { ChannelStats } from './stats.js';

/**
 * Every code that a {@link PipeModeError} can carry. `docs/errors.md` lists what each one means and what to
 * do about it.
 */
export type PipeModeErrorCode =
  // What the caller asked for
  | 'INVALID_CHANNEL_NAME'
  | 'INVALID_CHANNEL'
  | 'INVALID_REQUEST'
  | 'INVALID_EPOCHS'
  | 'INVALID_OPTION'
  | 'UNKNOWN_OPTION'
  | 'UNSUPPORTED_PLATFORM'
  | 'CHANNEL_IN_USE'
  | 'CHANNEL_NAME_CLASH'
  | 'PIPE_MODE_ONLY'
  | 'INVALID_STATE'
  | 'ABORTED'
  | 'THREAD_FAILED'
  | 'TOO_MANY_OPEN_FILES'
  // Waiting too long
  | 'READER_TIMEOUT'
  | 'READER_STALLED'
  | 'SOURCE_STALLED'
  // Sources
  | 'SOURCE_NOT_FOUND'
  | 'SOURCE_UNREADABLE'
  | 'SOURCE_EMPTY'
  | 'SOURCE_VANISHED'
  | 'SOURCE_CHANGED'
  | 'SOURCE_SHRANK'
  | 'SOURCE_GREW'
  | 'SOURCE_SIZE_MISMATCH'
  | 'SOURCE_FAILED'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_ENTRY_INVALID'
  | 'MANIFEST_OBJECT_MISSING'
  // S3
  | 'S3_INVALID_URI'
  | 'S3_NO_SUCH_BUCKET'
  | 'S3_ACCESS_DENIED'
  | 'S3_NO_CREDENTIALS'
  | 'S3_NO_REGION'
  | 'S3_WRONG_REGION'
  | 'S3_UNREACHABLE'
  | 'S3_LIST_OUT_OF_ORDER'
  | 'S3_REQUEST_FAILED'
  // Transforms
  | 'GZIP_INVALID'
  | 'GZIP_TRUNCATED'
  | 'TEMPORARY_FILE_FAILED'
  | 'TRANSFORM_FAILED'
  // The destination
  | 'DEST_NOT_A_DIRECTORY'
  | 'DEST_NOT_WRITABLE'
  | 'DEST_CANNOT_HOLD_FIFOS'
  | 'DEST_OCCUPIED'
  | 'UNSAFE_KEY'
  | 'KEY_COLLISION'
  | 'NOT_A_FIFO'
  | 'FIFO_REPLACED'
  | 'WRITE_FAILED'
  // Reading
  | 'READ_FAILED'
  | 'READ_TIMEOUT'
  | 'RECORDIO_INVALID'
  | 'RECORDIO_TRUNCATED'
  | 'RECORDIO_TOO_LARGE'
  | 'RECORDIO_PROTOBUF_INVALID'
  // Running programs
  | 'RUNNER_UNAVAILABLE'
  | 'RUNNER_FAILED'
  | 'PROGRAM_NOT_FOUND'
  | 'PROGRAM_NOT_EXECUTABLE'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_PULL_FAILED'
  // Training jobs
  | 'TRAINING_JOB_FAILED'
  | 'TRAINING_JOB_TIMED_OUT'
  | 'ARTIFACT_NOT_FOUND'
  // Endpoints
  | 'ENDPOINT_FAILED'
  | 'ENDPOINT_TIMED_OUT'
  | 'ENDPOINT_STOPPED'
  | 'PORT_IN_USE'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_DOWNLOAD_TIMED_OUT'
  | 'CONNECT_TIMED_OUT'
  | 'PING_TIMED_OUT'
  | 'INVALID_INVOCATION'
  | 'PAYLOAD_TOO_LARGE'
  | 'INVOCATION_TIMED_OUT'
  | 'INVOCATION_FAILED'
  | 'MODEL_ERROR'
  // Batch transforms
  | 'TRANSFORM_JOB_FAILED'
  | 'RECORD_TOO_LARGE'
  | 'RECORD_INVALID'
  | 'TFRECORD_INVALID'
  | 'TFRECORD_TRUNCATED'
  | 'ANSWER_INVALID'
  // Testing algorithms
  | 'ALGORITHM_FAILED'
  | 'ALGORITHM_TIMED_OUT'
  | 'LEFT_RUNNING'
  // Archives and artifacts
  | 'ARCHIVE_SOURCE_UNREADABLE'
  | 'ARCHIVE_SOURCE_CHANGED'
  | 'ARCHIVE_INVALID'
  | 'ARCHIVE_TRUNCATED'
  | 'ARCHIVE_UNSAFE'
  | 'ARCHIVE_TOO_LARGE'
  | 'ARCHIVE_NOT_UNPACKED'
  | 'ARTIFACT_NOT_WRITTEN';

/** One thing that is wrong with a request in AWS's own shape. */
export interface RequestProblem {
  /** Where: `InputDataConfig[1].ChannelName`, `HyperParameters["epochs"]`. Empty for the request itself. */
  readonly path: string;
  /** What is there, short enough for a message. Not there if nothing is. */
  readonly value?: string | undefined;
  /** What it has to be: `required`, `1 to 64 characters`, `one of Pipe, File, FastFile`. */
  readonly rule: string;
  /** All of this in a sentence. */
  readonly message: string;
}

/** Where an error happened: whatever of it is known. */
export interface PipeModeErrorDetails {
  /** The channel's name. */
  readonly channel?: string | undefined;
  /** The object's key. */
  readonly key?: string | undefined;
  /** A path in the file system. */
  readonly path?: string | undefined;
  /** The epoch, counted from 0. */
  readonly epoch?: number | undefined;
  /** What the channel was doing. */
  readonly stats?: ChannelStats | undefined;
  /** What is wrong with a request: the first hundred problems. */
  readonly problems?: readonly RequestProblem[] | undefined;
}

interface PipeModeErrorOptions extends PipeModeErrorDetails {
  readonly cause?: unknown;
}

/** Where this file is, or what it was built into; unknown in somebody's bundle in CommonJS. */
const HERE = import.meta.url as string | undefined;

/** The guide that explains every code. It is in the package, beside that folder. */
const REFERENCE = HERE === undefined ? undefined : new URL('../docs/errors.md', HERE).href;

/** What every copy of the package knows its errors by. */
const BRAND = Symbol.for('sagemaker-pipe-mode.PipeModeError');

/**
 * The only kind of error that this package raises on purpose. Its `message` says what failed, what was
 * expected and what to do next; its `code` is stable, and made for programs.
 *
 * @example
 * ```ts
 * import { createChannel, PipeModeError } from 'sagemaker-pipe-mode';
 *
 * try {
 *   await createChannel({ name: 'training', source: './no-such-directory', dest: './ml/input/data' }).start();
 * } catch (error) {
 *   if (!(error instanceof PipeModeError && error.code === 'SOURCE_NOT_FOUND')) throw error;
 *   console.error(error.message);
 * }
 * ```
 */
export class PipeModeError extends Error implements PipeModeErrorDetails {
  /** `PipeModeError`, or the name of its class. */
  override readonly name: string = 'PipeModeError';
  /** What went wrong, for programs. */
  readonly code: PipeModeErrorCode;
  /**
   * Where the code is explained, with its usual cause and what to do: a URL into the package's `docs/errors.md`. Not in a
   * bundle in CommonJS, which does not know where the package is.
   */
  declare readonly help: string | undefined;
  // Own properties if they are known only: a printed error shows what it has.
  /** The channel's name, if the error belongs to one. */
  declare readonly channel: string | undefined;
  /** The object's key, if the error belongs to one. */
  declare readonly key: string | undefined;
  /** The path in the file system, if the error belongs to one. */
  declare readonly path: string | undefined;
  /** The epoch, counted from 0, if the error belongs to one. */
  declare readonly epoch: number | undefined;
  /** What the channel was doing, if it was waiting when it failed or was stopped by its signal. */
  declare readonly stats: ChannelStats | undefined;
  /** What is wrong with the request, or with the channel of one, if that is what the error is about: the first hundred. */
  declare readonly problems: readonly RequestProblem[] | undefined;

  /** @hidden */
  constructor(code: PipeModeErrorCode, message: string, options: PipeModeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (REFERENCE !== undefined) this.help = `${REFERENCE}#${code.toLowerCase()}`;
    if (options.channel !== undefined) this.channel = options.channel;
    if (options.key !== undefined) this.key = options.key;
    if (options.path !== undefined) this.path = options.path;
    if (options.epoch !== undefined) this.epoch = options.epoch;
    if (options.stats !== undefined) this.stats = options.stats;
    // The message lists them already: they are not to be printed twice.
    if (options.problems !== undefined) Object.defineProperty(this, 'problems', { value: options.problems });
  }

  /**
   * Whether a value is such an error, of whatever copy of the package: one process may have loaded it as an ES module
   * and by `require()`, or once inside and once outside of Jest's sandbox, and each copy has a class of its own.
   */
  static override [Symbol.hasInstance](value: unknown): value is PipeModeError {
    if (this !== PipeModeError) return Function.prototype[Symbol.hasInstance].call(this, value); // a class of the user's
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
    for (const name of ['help', 'channel', 'key', 'path', 'epoch', 'stats', 'problems'])
      Object.defineProperty(this.prototype, name, { value: undefined, writable: true });
  }
}

/** What an error says; also one of another realm: in Jest, those of Node are. */
export function reasonOf(cause: unknown): string {
  return types.isNativeError(cause) ? cause.message : String(cause);
}
