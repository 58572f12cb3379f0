import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import type { AlgorithmResult } from './result.js';

/** What every copy of the package knows these errors by. */
const BRAND = Symbol.for('sagemaker-pipe-mode.AlgorithmError');

/**
 * An algorithm that has run, and did not end as it should. The message fits on a screen: how it has ended, its last lines,
 * what its channels were doing and, if it was ended, what its processes were waiting for. Its `code` is
 * - `ALGORITHM_FAILED`: it has failed, or a channel has (then that is the `cause`).
 * - `ALGORITHM_TIMED_OUT`: it ran for longer than `timeoutMs`.
 * - `ABORTED`: its signal was aborted.
 */
export class AlgorithmError extends PipeModeError {
  /** Always `AlgorithmError`. */
  override readonly name = 'AlgorithmError';
  /** Its exit code; `null` if a signal has ended it. */
  readonly exitCode: number | null;
  /** The signal that has ended it. */
  readonly signal: NodeJS.Signals | null;
  // The message has the end of these: they are not to be printed twice.
  /** As in {@link AlgorithmResult.stdout}. */
  declare readonly stdout: string;
  /** As in {@link AlgorithmResult.stderr}. */
  declare readonly stderr: string;

  /** @hidden */
  constructor(code: PipeModeErrorCode, message: string, result: AlgorithmResult, cause: unknown) {
    super(code, message, { cause, channel: cause instanceof PipeModeError ? cause.channel : undefined });
    this.exitCode = result.exitCode;
    this.signal = result.signal;
    Object.defineProperty(this, 'stdout', { value: result.stdout });
    Object.defineProperty(this, 'stderr', { value: result.stderr });
  }

  /** Whether a value is such an error, of whatever copy of the package, as for {@link PipeModeError}. */
  static override [Symbol.hasInstance](value: unknown): value is AlgorithmError {
    if (this !== AlgorithmError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}
