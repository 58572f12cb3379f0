import { asyncDispose } from '../disposal.js';
import type { InsidePaths } from '../runner/inside-paths.js';
import type { ProgramExit } from '../runner/runner.js';
import { Artifacts } from './artifacts/artifacts.js';
import type { Finding } from '../findings/finding.js';
import type { MetricSummary } from './metrics/metrics.js';
import type { SecondaryStatus, TrainingJobStatus } from './status/job-status.js';

/** Where somebody has left things: a host, or all together. */
export interface LeftIn {
  readonly paths: InsidePaths;
  /** `undefined` without `CheckpointConfig`. */
  readonly checkpointsInside: string | undefined;
}

/** What is known of a host that has ended. */
export interface EndedHost extends LeftIn {
  readonly name: string;
  /** `undefined` if its program was never started. */
  readonly exit: ProgramExit | undefined;
  readonly logFile: string;
}

/** What a result is made of. */
export interface ResultParts extends LeftIn {
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly hosts: readonly EndedHost[];
  /** The one that has decided how the job ended. */
  readonly decisive: EndedHost;
  readonly findings: readonly Finding[];
  readonly metrics: readonly MetricSummary[];
  readonly uploaded: UploadedArtifacts;
  readonly dispose: () => Promise<void>;
}

/** Where the job's archives went; `undefined` for what there was nothing of, or without `OutputDataConfig`. */
export interface UploadedArtifacts {
  /** `model.tar.gz`: an `s3://` URI, or a path. Without compression what it begins with. */
  readonly model?: string;
  /** The same of `output.tar.gz`. */
  readonly output?: string;
}

/** How the program of a host has ended, and what it has left. */
export class HostResult {
  /** `algo-1` and so on. */
  readonly name: string;
  /** The exit code of its program; `null` if a signal has ended it; `undefined` if it was never started. */
  readonly exitCode: number | null | undefined;
  /** The signal that has ended it. */
  readonly signal: NodeJS.Signals | null;
  /** What it has left in `/opt/ml/model`. */
  readonly model: Artifacts;
  /** What it has left in `/opt/ml/output/data`. */
  readonly output: Artifacts;
  /** What is in the directory of its checkpoints. */
  readonly checkpoints: Artifacts;
  /** The file with all that it has written, in the format of Kubernetes' container logs. */
  readonly logFile: string;

  /** @internal */
  constructor(host: EndedHost) {
    const { paths, checkpointsInside, exit } = host;
    this.name = host.name;
    this.exitCode = exit?.code;
    this.signal = exit?.signal ?? null;
    this.model = new Artifacts(`${paths.base}/model`, paths);
    this.output = new Artifacts(`${paths.base}/output/data`, paths);
    this.checkpoints = new Artifacts(checkpointsInside, paths);
    this.logFile = host.logFile;
  }
}

/**
 * How a job has ended, and what came out of it. Its files are in the job's directory, which goes when the result or the job
 * is disposed of, unless it is the caller's own (`options.directory`).
 */
export class TrainingJobResult implements AsyncDisposable {
  /** `Completed`, or `Stopped`; of a job that has failed also `Failed`. */
  readonly status: TrainingJobStatus;
  /** The same in more detail, such as `MaxRuntimeExceeded`. */
  readonly secondaryStatus: SecondaryStatus;
  /**
   * The exit code of the algorithm; `null` if a signal has ended it; `undefined` if it was never started. Of several hosts
   * that of the one which failed first, or of the first one.
   */
  readonly exitCode: number | null | undefined;
  /** The signal that has ended the algorithm. */
  readonly signal: NodeJS.Signals | null;
  /**
   * What it has left in `/opt/ml/model`. Of several hosts all of it together: where two have a file of the same name, that of
   * the first host.
   */
  readonly model: Artifacts;
  /** What it has left in `/opt/ml/output/data`, of several hosts together. */
  readonly output: Artifacts;
  /** What is in the directory of its checkpoints, of several hosts together. */
  readonly checkpoints: Artifacts;
  /** Each host, by its number. */
  readonly hosts: readonly HostResult[];
  /** Where its archives went, as `OutputDataConfig` asks for. */
  readonly uploaded: UploadedArtifacts;
  /** What passed here, or went wrong here, and would hurt in the cloud. */
  readonly findings: readonly Finding[];
  /** What became of each metric of the request. */
  readonly metrics: readonly MetricSummary[];
  /** The file with all that the algorithm has written, in the format of Kubernetes' container logs; of the same host as `exitCode`. */
  readonly logFile: string;
  readonly #dispose: () => Promise<void>;

  /** @internal */
  constructor(parts: ResultParts) {
    const { decisive, paths } = parts;
    this.status = parts.status;
    this.secondaryStatus = parts.secondaryStatus;
    this.exitCode = decisive.exit?.code;
    this.signal = decisive.exit?.signal ?? null;
    this.model = new Artifacts(`${paths.base}/model`, paths);
    this.output = new Artifacts(`${paths.base}/output/data`, paths);
    this.checkpoints = new Artifacts(parts.checkpointsInside, paths);
    this.hosts = parts.hosts.map((host) => new HostResult(host));
    this.uploaded = parts.uploaded;
    this.findings = parts.findings;
    this.metrics = parts.metrics;
    this.logFile = decisive.logFile;
    this.#dispose = parts.dispose;
  }

  /** Removes the job's directory, unless it is the caller's own. */
  [asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}
