import { PipeModeError, type PipeModeErrorCode } from '../errors.js';
import type { Finding } from '../findings/finding.js';
import type { TrainingJobResult } from './result.js';
import type { SecondaryStatus, TrainingJobStatus } from './status/job-status.js';

/** What every copy of the package knows these errors by. */
const BRAND = Symbol.for('sagemaker-pipe-mode.TrainingJobError');

/** What such an error knows of its job. */
export interface TrainingJobErrorDetails {
  /** The job's `TrainingJobName`. */
  readonly jobName: string;
  /** The job's `FailureReason`. */
  readonly failureReason: string | undefined;
  /** The end of its log. */
  readonly lastLines: readonly string[];
  /** What it has left. */
  readonly result: TrainingJobResult;
  /** What has ended it, if not the algorithm itself. */
  readonly cause: unknown;
  /** The channel that has failed. */
  readonly channel: string | undefined;
}

/**
 * A training job whose algorithm has run, and did not end as it should. The message fits on a screen: how it has ended, the
 * failure file, the last lines, what every channel was doing, and the findings. Its `code` is
 * - `TRAINING_JOB_FAILED`: the algorithm has failed, or a channel has (then that is the `cause`).
 * - `TRAINING_JOB_TIMED_OUT`: it was stopped, because `MaxRuntimeInSeconds` was over, or because nothing had moved for
 *   `stallTimeoutMs`. The message says what its processes were waiting for.
 * - `ABORTED`: it was stopped, because the signal was aborted.
 */
export class TrainingJobError extends PipeModeError {
  /** Always `TrainingJobError`. */
  override readonly name = 'TrainingJobError';
  /** The job's `TrainingJobName`. */
  readonly jobName: string;
  /** The job's `TrainingJobStatus`: `Failed` or `Stopped`. */
  readonly status: TrainingJobStatus;
  /** The job's `SecondaryStatus`. */
  readonly secondaryStatus: SecondaryStatus;
  /** The exit code of the algorithm; `null` if a signal has ended it. */
  readonly exitCode: number | null;
  /** The signal that has ended the algorithm. */
  readonly signal: NodeJS.Signals | null;
  /** What `DescribeTrainingJob` says, if the job has failed. */
  readonly failureReason: string | undefined;
  // The message has these already: they are not to be printed twice.
  /** The last lines that the algorithm has written: some twenty. */
  declare readonly lastLines: readonly string[];
  /** What was found. */
  declare readonly findings: readonly Finding[];
  /** What the algorithm has left, until the job is disposed of. */
  declare readonly result: TrainingJobResult;

  /** @hidden */
  constructor(code: PipeModeErrorCode, message: string, details: TrainingJobErrorDetails) {
    super(code, message, { cause: details.cause, channel: details.channel });
    const { result } = details;
    this.jobName = details.jobName;
    this.status = result.status;
    this.secondaryStatus = result.secondaryStatus;
    this.exitCode = result.exitCode ?? null;
    this.signal = result.signal;
    this.failureReason = details.failureReason;
    Object.defineProperty(this, 'lastLines', { value: details.lastLines });
    Object.defineProperty(this, 'findings', { value: result.findings });
    Object.defineProperty(this, 'result', { value: result });
  }

  /** Whether a value is such an error, of whatever copy of the package, as for {@link PipeModeError}. */
  static override [Symbol.hasInstance](value: unknown): value is TrainingJobError {
    if (this !== TrainingJobError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}
