import { asyncDispose } from '../disposal.js';
import type { ProgramExit } from '../runner/runner.js';
import { Artifacts } from './artifacts/artifacts.js';
import type { Finding } from './findings/finding.js';
import type { MetricSummary } from './metrics/metrics.js';
import type { OptMl } from './opt-ml/layout.js';
import type { SecondaryStatus, TrainingJobStatus } from './status/job-status.js';

/** What a result is made of. */
export interface ResultParts {
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly exit: ProgramExit | undefined;
  readonly findings: readonly Finding[];
  readonly metrics: readonly MetricSummary[];
  readonly logFile: string;
  readonly optMl: OptMl;
  readonly dispose: () => Promise<void>;
}

/**
 * How a job has ended, and what came out of it. Its files are in the job's directory, which goes when the result or the job
 * is disposed of, unless it is the caller's own (`options.directory`).
 */
export class TrainingJobResult implements AsyncDisposable {
  /** `Completed`, or `Stopped`; of a job that has failed also `Failed`. */
  readonly status: TrainingJobStatus;
  /** The same, or `MaxRuntimeExceeded`. */
  readonly secondaryStatus: SecondaryStatus;
  /** The exit code of the algorithm; `null` if a signal has ended it; `undefined` if it was never started. */
  readonly exitCode: number | null | undefined;
  /** The signal that has ended the algorithm. */
  readonly signal: NodeJS.Signals | null;
  /** What it has left in `/opt/ml/model`. */
  readonly model: Artifacts;
  /** What it has left in `/opt/ml/output/data`. */
  readonly output: Artifacts;
  /** What it has left in the directory of its checkpoints. */
  readonly checkpoints: Artifacts;
  /** What passed here, or went wrong here, and would hurt in the cloud. */
  readonly findings: readonly Finding[];
  /** What became of each metric of the request. */
  readonly metrics: readonly MetricSummary[];
  /** The file with all that the algorithm has written, in the format of Kubernetes' container logs. */
  readonly logFile: string;
  readonly #dispose: () => Promise<void>;

  /** @internal */
  constructor(parts: ResultParts) {
    const { optMl } = parts;
    this.status = parts.status;
    this.secondaryStatus = parts.secondaryStatus;
    this.exitCode = parts.exit?.code;
    this.signal = parts.exit?.signal ?? null;
    this.model = new Artifacts(`${optMl.paths.base}/model`, optMl.paths);
    this.output = new Artifacts(`${optMl.paths.base}/output/data`, optMl.paths);
    this.checkpoints = new Artifacts(optMl.checkpointsInside, optMl.paths);
    this.findings = parts.findings;
    this.metrics = parts.metrics;
    this.logFile = parts.logFile;
    this.#dispose = parts.dispose;
  }

  /** Removes the job's directory, unless it is the caller's own. */
  [asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}
