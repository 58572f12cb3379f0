import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import { printableLine } from '../../printable.js';
import type { ObjectFailure } from './object-failure.js';
import type { TransformJobResult } from './result.js';

/** What every copy of the package knows these errors by. */
const BRAND = Symbol.for('sagemaker-pipe-mode.TransformJobError');

/** How many objects and how many of the last lines a message has, and how much of each. */
const MOST_OBJECTS = 5;
const MOST_LINES = 10;
const LONGEST = 300;

/** What such an error knows of its job. */
export interface TransformJobErrorDetails {
  /** The job's `TransformJobName`. */
  readonly jobName: string;
  /** The job's `FailureReason`. */
  readonly failureReason: string | undefined;
  /** What the servers have written at last. */
  readonly lastLines: readonly string[];
  /** How far it has come. */
  readonly result: TransformJobResult;
  /** What has ended it, if that is not an object. */
  readonly cause: unknown;
}

/**
 * A transform job that has asked its servers, and did not end as it should. The message names objects, records and what the model
 * has said, and has the end of the log. Its `code` is
 * - `TRANSFORM_JOB_FAILED`: an object could not be transformed, or the servers or the outputs have failed.
 * - `ABORTED`: it was stopped, because the signal was aborted.
 */
export class TransformJobError extends PipeModeError {
  /** Always `TransformJobError`. */
  override readonly name = 'TransformJobError';
  /** The job's `TransformJobName`. */
  readonly jobName: string;
  /** What `DescribeTransformJob` says, if the job has failed. */
  readonly failureReason: string | undefined;
  /** The first record of the request that has failed first, counted from 0; `undefined` if none has. */
  readonly record: number | undefined;
  /** Where that record begins in its object, in bytes, after decompression. */
  readonly offset: number | undefined;
  /** What the server has answered to it: 0 if it did not answer. */
  readonly originalStatusCode: number | undefined;
  /** What the server has said then, the first 2,048 characters. */
  readonly originalMessage: string | undefined;
  // The message has these already: they are not to be printed twice.
  /** The last lines that the servers have written: some twenty of each. */
  declare readonly lastLines: readonly string[];
  /** Why objects have no outputs: the first hundred. */
  declare readonly failures: readonly ObjectFailure[];
  /** How far the job has come. */
  declare readonly result: TransformJobResult;

  /** @hidden */
  constructor(code: PipeModeErrorCode, what: string, details: TransformJobErrorDetails) {
    const { jobName, failureReason, lastLines, result } = details;
    const { failures } = result;
    const [first] = failures;
    super(code, messageOf(`Transform job "${jobName}" ${what}`, failures, lastLines), {
      key: first?.key,
      cause: details.cause ?? first?.error,
    });
    this.jobName = jobName;
    this.failureReason = failureReason;
    this.record = first?.record;
    this.offset = first?.offset;
    this.originalStatusCode = first?.originalStatusCode;
    this.originalMessage = first?.originalMessage;
    Object.defineProperty(this, 'lastLines', { value: lastLines });
    Object.defineProperty(this, 'failures', { value: failures });
    Object.defineProperty(this, 'result', { value: result });
  }

  /** Whether a value is such an error, of whatever copy of the package, as for {@link PipeModeError}. */
  static override [Symbol.hasInstance](value: unknown): value is TransformJobError {
    if (this !== TransformJobError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

function messageOf(what: string, failures: readonly ObjectFailure[], lastLines: readonly string[]): string {
  const shown = failures.slice(0, MOST_OBJECTS).map(({ message }) => indented(message));
  const lines =
    lastLines.length === 0
      ? ['Its servers wrote nothing.']
      : ['The last lines of their log:', ...lastLines.slice(-MOST_LINES).map(indented)];
  return [what, ...shown, ...lines].join('\n');
}

function indented(line: string): string {
  const text = printableLine(line.replaceAll('\t', '    '));
  return `  ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
