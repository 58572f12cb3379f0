import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

import { afterMs } from '../abort/after-ms.js';
import { onAbort } from '../abort/on-abort.js';
import { Checkpoints } from '../artifacts/checkpoints/checkpoints.js';
import { Completion } from '../channel/completion.js';
import { debugTo } from '../debug.js';
import { asyncDispose } from '../disposal.js';
import { PipeModeError } from '../errors.js';
import { leftDirectory } from './artifacts/left-directory.js';
import { putTogether } from './artifacts/put-together.js';
import { uploadArtifacts } from './artifacts/upload.js';
import { Attempt } from './attempt.js';
import type { JobChannel } from './channels/job-channel.js';
import { Cluster } from './cluster.js';
import { decisiveEnding, describeEnding, type Ending, endingAfterLoss, failing } from './ending.js';
import type { TrainingJobEmitter, TrainingJobEvents } from './events.js';
import { algorithmFailure, otherFailure } from './failure-reason.js';
import { findIn } from './findings/find.js';
import type { Evidence, JobEvidence } from './findings/finding.js';
import type { Stall } from './hang/stall-watch.js';
import type { HostRun } from './host-run.js';
import { JobDirectory } from './job-directory.js';
import { jobFailure } from './job-failure.js';
import type { JobPlan } from './job-plan.js';
import { HostLog, type OnBatches } from '../logs/host-log.js';
import type { LogBatch } from '../logs/log-batch.js';
import type { LogEvent } from '../logs/log-event.js';
import { mergeLogs } from '../logs/merge-logs.js';
import { Metrics } from './metrics/metrics.js';
import { type LeftIn, TrainingJobResult, type UploadedArtifacts } from './result.js';
import { RunningTime } from './running-time.js';
import { describeJob, type TrainingJobDescription } from './status/describe-job.js';
import type { SecondaryStatus, StatusEvent, TrainingJobStatus } from './status/job-status.js';
import { StatusRecord } from './status/status-record.js';
import { trainingJobArn } from './training-job-arn.js';

const debug = debugTo('training');

const Emitter = EventEmitter as unknown as new () => TrainingJobEmitter;

/**
 * A training job that runs, or has run. Made by {@link startTrainingJob}, and begins in the next turn of the event loop:
 * listeners that are added at once miss nothing.
 *
 * Disposing of it kills the algorithm, if it still runs, and removes the job's directory, unless that is the caller's own:
 * its result can be read until then.
 */
export class TrainingJob extends Emitter implements AsyncDisposable {
  /** The `TrainingJobName`. */
  readonly name: string;
  /** The `TrainingJobArn`. */
  readonly arn: string;
  /** The names of its hosts, by their numbers: `algo-1` and so on. */
  readonly hosts: readonly string[];
  /** The directory with the job's files on this machine: `algo-1`, which is its /opt/ml, and `logs`. */
  readonly directory: string;
  readonly #plan: JobPlan;
  readonly #directory: JobDirectory;
  readonly #logs: readonly HostLog[];
  readonly #metrics: Metrics;
  readonly #completion = new Completion();
  readonly #record = new StatusRecord((event) => this.#onStatus(event));
  readonly #runningTime: RunningTime;
  /** Aborted when the job is disposed of: nothing of it is waited for any more. */
  readonly #hurry = new AbortController();
  /** Aborted with the caller's signal, and when `stop()` has waited long enough. */
  readonly #uploading = new AbortController();
  readonly #running: Promise<void>;
  readonly #unwatchSignal: () => void;
  /** What ends the job, and not only an attempt, if it is not its algorithm. */
  #endsBy: Ending | undefined;
  #attempt: Attempt;
  #isOver = false;
  #isRead = false;
  #callOffWait: () => void = () => undefined;
  #failureReason: string | undefined;
  #result: TrainingJobResult | undefined;
  #disposed: Promise<void> | undefined;

  /** @internal */
  constructor(plan: JobPlan) {
    super();
    const { request, options, hosts } = plan;
    this.#plan = plan;
    this.name = request.TrainingJobName;
    this.arn = trainingJobArn(request);
    this.hosts = hosts.map(({ name }) => name);
    this.#directory = new JobDirectory(options.directory);
    this.directory = this.#directory.path;
    this.#metrics = new Metrics(plan.metrics);
    const onBatches: OnBatches = (batches, host) => this.#onBatches(batches, host);
    this.#logs = hosts.map(({ name }) => new HostLog(this.#directory.logOf(name), name, onBatches));
    this.#attempt = this.#newAttempt();
    const { MaxRuntimeInSeconds: seconds } = request.StoppingCondition;
    this.#runningTime = new RunningTime(seconds * 1000, () => this.#end({ kind: 'timeout' }));
    const { signal } = options;
    const abort = () => {
      if (!this.#end({ kind: 'abort', reason: signal!.reason })) this.#uploading.abort(signal!.reason);
    };
    this.#unwatchSignal = signal === undefined ? () => undefined : onAbort(signal, abort);
    this.#running = Promise.resolve().then(() => {
      if (signal?.aborted) abort();
      return this.#run();
    });
  }

  /** The `TrainingJobStatus`. */
  get status(): TrainingJobStatus {
    return this.#record.status;
  }

  /**
   * The channels of all hosts, to be looked at: `stats()`, and events such as `epochEnd`. The job starts and stops them. An
   * attempt after an interruption has others.
   */
  get channels(): readonly JobChannel[] {
    return this.#attempt.cluster.hosts.flatMap(({ channels }) => channels);
  }

  /** The job as AWS's `DescribeTrainingJob` would answer, at any moment. */
  describe(): TrainingJobDescription {
    const { request } = this.#plan;
    const model = this.#result?.uploaded.model;
    return describeJob(request, this.#record, this.#failureReason, this.#metrics.summaries, model);
  }

  /**
   * Resolves when the job has completed or was stopped by `stop()` or disposal, and nothing of it runs any more. If nobody
   * waits for this, and nobody listens to `status` or reads the logs, what the job fails with is thrown as an uncaught
   * exception.
   *
   * @throws {@link TrainingJobError} `TRAINING_JOB_FAILED`, `TRAINING_JOB_TIMED_OUT`, `ABORTED`, if the algorithm has
   * run. {@link PipeModeError} what it was not started for: what a channel's `start()` throws, `PROGRAM_NOT_FOUND`,
   * `PROGRAM_NOT_EXECUTABLE`, `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `IMAGE_NOT_FOUND`, `IMAGE_PULL_FAILED`,
   * `DEST_OCCUPIED`, `ABORTED` …
   */
  async finished(): Promise<TrainingJobResult> {
    await this.#completion.wait();
    return this.#result!;
  }

  /**
   * Stops the job as SageMaker does: SIGTERM to the algorithm, and SIGKILL after `stopGraceMs`. Resolves when nothing of it
   * runs any more. May be called again, and when the job has ended. What it has left is kept: the last synchronisation of
   * checkpoints has 120 seconds then, and so has an upload that is under way. What takes longer is given up, and the job has
   * failed.
   */
  async stop(): Promise<void> {
    const isUploading = !this.#end({ kind: 'stop' }) && this.#isOver;
    await (isUploading ? this.#endUpload() : this.#running);
  }

  /**
   * Interrupts the job as the service does when it takes a spot instance away: the algorithm is stopped as by `stop()`, all
   * that it has left is gone, but its checkpoints, and it is started again, with these. Resolves when nothing of the
   * interrupted attempt is left. Only jobs with `EnableManagedSpotTraining` or a `RetryStrategy` are interrupted; after
   * `MaximumRetryAttempts` interruptions the next one fails the job.
   *
   * @throws {@link PipeModeError} `INVALID_STATE` if the job has neither, is being stopped, or if its algorithm has ended
   */
  async interrupt(): Promise<void> {
    const { EnableManagedSpotTraining, RetryStrategy } = this.#plan.request;
    if (!EnableManagedSpotTraining && RetryStrategy === undefined) throw notInterrupted(this.name);
    const attempt = this.#attempt;
    if (!this.#end({ kind: 'interruption' })) throw overAlready(this.name, this.#record.secondary);
    await attempt.over;
  }

  /**
   * Everything that the algorithm writes, from its first line on, until it has ended. It is read from the log file: whoever
   * is slow, or comes late, misses nothing and holds nothing up. Each call begins at the beginning.
   *
   * @throws {@link PipeModeError} `READ_FAILED`, in the loop that reads them
   */
  logs(): AsyncIterable<LogEvent> {
    this.#isRead = true;
    const logs = this.#logs.map((log) => log.read());
    return logs.length === 1 ? logs[0]! : mergeLogs(logs);
  }

  /** Kills what still runs, and removes the job's directory, unless it is the caller's own. */
  [asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#dispose());
  }

  /** @internal */
  [inspect.custom](): string {
    return `TrainingJob { name: '${this.name}', status: '${this.status}' }`;
  }

  async #dispose(): Promise<void> {
    this.#end({ kind: 'disposal' });
    this.#hurry.abort();
    await this.#running;
    await this.#attempt.close().catch(this.#onNotEnded); // whatever has become of it
    await this.#directory.remove();
  }

  #newAttempt(): Attempt {
    const { request, options, keepMs } = this.#plan;
    const cluster = new Cluster(this.#plan, this.#directory, this.#logs, this.#hurry.signal);
    const { CheckpointConfig: config } = request;
    const checkpoints =
      config &&
      new Checkpoints({
        destination: config.S3Uri!,
        directories: cluster.hosts.map(({ optMl }) => optMl.checkpoints!),
        s3: options.s3,
        refresh: () => cluster.refreshCheckpoints(),
      });
    const onStall = (stall: Stall, attempt: Attempt) => this.#onStall(stall, attempt);
    const { signal: hurry } = this.#hurry;
    return new Attempt({
      cluster,
      checkpoints,
      record: this.#record,
      limits: options,
      keepMs,
      onStall,
      hurry,
    });
  }

  async #run(): Promise<void> {
    try {
      if ([undefined, 'interruption'].includes(this.#attempt.endsBy?.kind)) this.#prepare();
      await this.#runAttempts();
    } catch (error) {
      this.#endsBy ??= failing(error);
    }
    this.#isOver = true;
    this.#runningTime.pause();
    this.#callOffWait();
    await this.#finish();
    this.#unwatchSignal();
  }

  #prepare(): void {
    this.#directory.make();
    for (const log of this.#logs) log.make();
    const { MaxWaitTimeInSeconds: wait } = this.#plan.request.StoppingCondition;
    if (wait !== undefined)
      this.#callOffWait = afterMs(wait * 1000, () => this.#end({ kind: 'waitTimeout' }));
  }

  /** Until one ends that was not interrupted. */
  async #runAttempts(): Promise<void> {
    for (let left = retriesOf(this.#plan); ; left--) {
      await this.#attempt.run();
      const { endsBy } = this.#attempt;
      if (endsBy?.kind !== 'interruption') {
        if (endsBy !== undefined) this.#endsBy = decisiveEnding(this.#endsBy, endsBy);
        return;
      }
      if (left === 0) throw noRetriesLeft(this.#plan);
      await this.#attempt.close();
      if (this.#endsBy !== undefined) return;
      this.#record.move('Starting', 'Starting the training job again');
      this.#attempt = this.#newAttempt();
    }
  }

  /** What comes first decides how the job, or its attempt, ends: says whether this does. */
  #end(ending: Ending): boolean {
    if (this.#isOver) return false;
    const isFirst = this.#attempt.end(ending);
    if (this.#endsBy !== undefined || this.#attempt.endsBy?.kind !== 'interruption' || isFirst)
      return isFirst;
    if (ending.kind !== 'interruption' && ending.kind !== 'failure') {
      this.#endsBy = ending; // there is no other attempt, then
      this.#record.move(...describeEnding(ending));
    }
    return true;
  }

  async #endUpload(): Promise<void> {
    const { keepMs } = this.#plan;
    const callOff = afterMs(keepMs, () => this.#uploading.abort(uploadGivenUp(keepMs)));
    await this.#running;
    callOff();
  }

  /** Whatever fails in it: the job has ended then, and nothing of it runs. */
  async #finish(): Promise<void> {
    try {
      await this.#conclude();
    } catch (error) {
      await this.#endRest().catch(this.#onNotEnded);
      const ending = failing(error);
      if (!this.#record.isOver) {
        this.#failureReason = otherFailure(ending);
        this.#record.move('Failed', this.#failureReason);
      }
      this.#settle(notEndedWell(this.name, ending.error));
    }
  }

  /** Looks at what is left, ends the rest, and tells. */
  async #conclude(): Promise<void> {
    const attempt = this.#attempt;
    const { cluster, channels, waits } = attempt;
    const evidence = attempt.evidence(this.#metrics.summaries);
    const findings = evidence.hosts.length === 0 ? [] : findIn(evidence);
    const decisive = cluster.failed ?? cluster.hosts[0]!;
    let uploaded: UploadedArtifacts = {};
    let together: LeftIn = decisive.optMl;
    const notEnded = await this.#endRest().then(() => undefined, failing);
    if (evidence.hosts.length > 0)
      try {
        together = await this.#putTogether(cluster.hosts);
        await this.#upload(together, evidence, (more) => (uploaded = { ...uploaded, ...more }));
      } catch (error) {
        this.#lose(failing(error));
      }
    if (notEnded !== undefined) this.#lose(notEnded); // not before: what came out may be good all the same
    this.#moveToEnd(evidence, decisive);
    const result = new TrainingJobResult({
      ...together,
      status: this.#record.status,
      secondaryStatus: this.#record.secondary,
      hosts: cluster.hosts.map((host) => host.ended),
      decisive: decisive.ended,
      findings,
      metrics: this.#metrics.summaries,
      uploaded,
      dispose: () => this[asyncDispose](),
    });
    this.#result = result;
    const error = jobFailure({
      plan: this.#plan,
      ending: this.#endsBy,
      evidence,
      decisive: decisive.name,
      result,
      failureReason: this.#failureReason,
      logs: [decisive, ...cluster.hosts.filter((host) => host !== decisive)].map(({ log }) => log),
      channels,
      waits,
    });
    this.#settle(error);
  }

  readonly #onNotEnded = (error: unknown): void =>
    debug('%s: not all of it could be ended: %s', this.name, error);

  /** The attempt, and the logs: whoever reads them comes to their end. */
  async #endRest(): Promise<void> {
    try {
      await this.#attempt.close();
    } finally {
      await Promise.all(this.#logs.map((log) => log.end()));
    }
  }

  /** Something that came out of it could not be kept, or something of it could not be ended. */
  #lose(loss: Ending): void {
    const isDisposed = this.#hurry.signal.aborted;
    const hasFailed = this.#attempt.cluster.failed !== undefined;
    this.#endsBy = endingAfterLoss(this.#endsBy, loss, { isDisposed, hasFailed });
  }

  /** Why there is no upload: because of the error, or because nobody waits for it any more. */
  #lossOf(error: unknown): Ending {
    const { aborted, reason } = this.#uploading.signal as { aborted: boolean; reason: unknown };
    const isGivenUp = aborted && reason !== this.#plan.options.signal?.reason;
    if (!aborted || isGivenUp) return failing(isGivenUp ? reason : error, { isOfUpload: true });
    return { kind: 'abort', reason };
  }

  /** Of one host what it has left; of several all of it. */
  async #putTogether(hosts: readonly HostRun[]): Promise<LeftIn> {
    const { optMl } = hosts[0]!;
    if (hosts.length === 1) return optMl;
    const together = optMl.in(this.#directory.together);
    for (const inside of together.collected) {
      const directories = hosts.flatMap(({ optMl }) => leftDirectory(inside, optMl.paths) ?? []);
      await putTogether(directories, together.paths.outside(inside));
    }
    return together;
  }

  /** Of a job that has failed only the output, as the service does. What cannot be uploaded fails the job. */
  async #upload(
    { paths }: LeftIn,
    { hosts }: JobEvidence,
    onUploaded: (uploaded: UploadedArtifacts) => void,
  ): Promise<void> {
    const ending = this.#endsBy?.kind;
    if (ending === 'disposal') return;
    const hasFailed =
      ending === 'failure' || (ending === undefined && hosts.some(({ exit }) => exit.code !== 0));
    if (ending === undefined) this.#record.move('Uploading', 'Uploading generated training model');
    try {
      await uploadArtifacts(this.#plan.request, {
        model: hasFailed ? undefined : leftDirectory(`${paths.base}/model`, paths),
        output: leftDirectory(`${paths.base}/output/data`, paths),
        paths,
        s3: this.#plan.options.s3,
        signal: AbortSignal.any([this.#hurry.signal, this.#uploading.signal]),
        onUploaded,
      });
    } catch (error) {
      this.#lose(this.#lossOf(error));
    }
  }

  #moveToEnd({ hosts }: JobEvidence, decisive: HostRun): void {
    const ending = this.#endsBy;
    const isUnderWay = ['Training', 'Uploading'].includes(this.#record.secondary);
    if (isUnderWay && ending !== undefined && ending.kind !== 'failure')
      this.#record.move(...describeEnding(ending)); // of what was kept then
    const own = hosts.find(({ host }) => host === decisive.name);
    switch (ending?.kind) {
      case 'failure':
        this.#failureReason = (own && ownFailure(own)) ?? otherFailure(ending);
        this.#record.move('Failed', this.#failureReason);
        break;
      case 'timeout':
        this.#record.move('MaxRuntimeExceeded', 'Training job runtime exceeded MaxRuntimeInSeconds');
        break;
      case 'waitTimeout':
        this.#record.move('MaxWaitTimeExceeded', 'Training job exceeded MaxWaitTimeInSeconds');
        break;
      case undefined:
        this.#failureReason = ownFailure(own!);
        if (this.#failureReason === undefined) this.#record.move('Completed', 'Training job completed');
        else this.#record.move('Failed', this.#failureReason);
        break;
      default:
        this.#record.move('Stopped', 'Training job stopped');
    }
  }

  #settle(error: PipeModeError | undefined): void {
    if (error === undefined) {
      this.#completion.succeed();
      return;
    }
    this.#completion.fail(error);
    if (this.listenerCount('status') === 0 && !this.#isRead) this.#completion.throwUnlessWatched(error);
  }

  /** What it waits for a machine is no part of its run time, as in the cloud. */
  #onStatus(event: StatusEvent): void {
    if (event.secondaryStatus === 'Downloading') this.#runningTime.go();
    if (event.secondaryStatus === 'Interrupted') this.#runningTime.pause();
    this.#report('status', event);
  }

  #onStall({ ms, waits }: Stall, { channels }: Attempt): void {
    this.#report('stalled', { time: new Date(), stalledMs: ms, waits, channels });
  }

  async #onBatches(batches: readonly LogBatch[], host: string): Promise<void> {
    if (this.listenerCount('log') > 0)
      for (const { lines, stream, time } of batches)
        for (const line of lines) this.#report('log', { time, host, stream, ...line });
    for (const event of await this.#metrics.find(batches, host)) this.#report('metric', event);
  }

  /** A listener that throws is none of the job's business: the process hears of it. */
  #report<Name extends keyof TrainingJobEvents>(
    name: Name,
    ...args: Parameters<TrainingJobEvents[Name]>
  ): void {
    try {
      this.emit(name, ...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** Why the algorithm has failed, if it has by itself. */
function ownFailure({ endedByItself, exit, failure }: Evidence): string | undefined {
  const isKnown = exit.code !== null || exit.signal !== null; // or its engine is gone
  return isKnown && endedByItself && exit.code !== 0 ? algorithmFailure(exit, failure) : undefined;
}

function uploadGivenUp(ms: number): PipeModeError {
  const message = `Its upload was given up ${ms / 1000} s after stop(). What came out is in the directory of the job.`;
  return new PipeModeError('ABORTED', message);
}

/** How often a job is started again. */
function retriesOf({ request: { RetryStrategy: strategy } }: JobPlan): number {
  return strategy?.MaximumRetryAttempts ?? Infinity;
}

function noRetriesLeft({
  request: { TrainingJobName: name, RetryStrategy: strategy },
}: JobPlan): PipeModeError {
  const most = strategy!.MaximumRetryAttempts;
  const message = `Training job "${name}" was interrupted once more than it may be started again (RetryStrategy.MaximumRetryAttempts: ${most}).`;
  return new PipeModeError('TRAINING_JOB_FAILED', message);
}

function notEndedWell(name: string, cause: Error): PipeModeError {
  const message = `Training job "${name}" has ended, but what it has left could not be looked at: ${cause.message}`;
  return new PipeModeError('TRAINING_JOB_FAILED', message, { cause });
}

function notInterrupted(name: string): PipeModeError {
  const message = `Training job "${name}" cannot be interrupted: its request has neither EnableManagedSpotTraining nor a RetryStrategy. Add one of them, or stop the job.`;
  return new PipeModeError('INVALID_STATE', message);
}

function overAlready(name: string, status: SecondaryStatus): PipeModeError {
  const message = `Training job "${name}" cannot be interrupted any more: its algorithm has ended, or is being stopped (${status}).`;
  return new PipeModeError('INVALID_STATE', message);
}
