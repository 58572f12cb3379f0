import type { ProcessInfo } from '../../runner/runner.js';

/** How an algorithm has ended, and what it has written. */
export interface AlgorithmResult {
  /** Its exit code; `null` if a signal has ended it. */
  readonly exitCode: number | null;
  /** The signal that has ended it. */
  readonly signal: NodeJS.Signals | null;
  /**
   * The end of its standard output: 1 Mi characters, in whole lines, without the end of the last one. Empty with
   * `output: 'inherit'`.
   */
  readonly stdout: string;
  /** The same of its standard error. */
  readonly stderr: string;
  /** What it had started and left running, which was killed. */
  readonly leftBehind: readonly ProcessInfo[];
}
