import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

import { onAbort } from '../abort/on-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { Completion } from '../channel/completion.js';
import { asyncDispose } from '../disposal.js';
import type { PipeModeError } from '../errors.js';
import type { LogLine, ProgramExit } from '../runner/runner.js';
import { afterMs } from './after-ms.js';
import { describeWaits } from './describe-waits.js';
import { describeEnding, type Ending } from './ending.js';
import type { TrainingJobEmitter, TrainingJobEvents } from './events.js';
import { algorithmFailure, otherFailure } from './failure-reason.js';
import { findIn } from './findings/find.js';
import type { Evidence } from './findings/finding.js';
import { HostRun } from './host-run.js';
import { JobDirectory } from './job-directory.js';
import { jobFailure } from './job-failure.js';
import type { JobPlan } from './job-plan.js';
import type { LogEvent, LogStreamName } from './logs/log-event.js';
import { Metrics } from './metrics/metrics.js';
import { TrainingJobResult } from './result.js';
import { describeJob, type TrainingJobDescription } from './status/describe-job.js';
import type { TrainingJobStatus } from './status/job-status.js';
import { StatusRecord } from './status/status-record.js';
import { trainingJobArn } from './training-job-arn.js';

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
  /** The directory with the job's files on this machine: `algo-1`, which is its /opt/ml, and `logs`. */
  readonly directory: string;
  readonly #plan: JobPlan;
  readonly #directory: JobDirectory;
  readonly #host: HostRun;
  readonly #metrics: Metrics;
  readonly #completion = new Completion();
  readonly #record = new StatusRecord((event) => this.#report('status', event));
  /** Aborted when the job is to end, by whatever: what has not been started is not started any more. */
  readonly #ending = new AbortController();
  /** Aborted when a grace is to end. */
  readonly #hurry = new AbortController();
  readonly #running: Promise<void>;
  readonly #unwatchSignal: () => void;
  #endsBy: Ending | undefined;
  /** Whether the algorithm has ended: what fails from then on has no part in it. */
  #isOver = false;
  #isRead = false;
  #calledOff: (() => void) | undefined;
  #stopping: Promise<void> | undefined;
  #channelsThen: readonly string[] | undefined;
  #waitsThen: readonly string[] = [];
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
    this.#directory = new JobDirectory(options.directory);
    this.directory = this.#directory.path;
    this.#metrics = new Metrics(plan.metrics);
    this.#host = new HostRun(plan, hosts[0]!, this.#directory, (...lines) => this.#onLines(...lines));
    const { signal } = options;
    const abort = () => this.#end({ kind: 'abort', reason: signal!.reason });
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

  /** The job as AWS's `DescribeTrainingJob` would answer, at any moment. */
  describe(): TrainingJobDescription {
    return describeJob(this.#plan.request, this.#record, this.#failureReason, this.#metrics.summaries);
  }

  /**
   * Resolves when the job has completed or was stopped by `stop()` or disposal, and nothing of it runs any more. If nobody
   * waits for this, and nobody listens to `status` or reads the logs, what the job fails with is thrown as an uncaught
   * exception.
   *
   * @throws {@link TrainingJobError} `TRAINING_JOB_FAILED`, `TRAINING_JOB_TIMED_OUT`, `ABORTED`, if the algorithm has
   * run. {@link PipeModeError} what it was not started for: what a channel's `start()` throws, `PROGRAM_NOT_FOUND`,
   * `PROGRAM_NOT_EXECUTABLE`, `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `DEST_OCCUPIED`, `ABORTED` …
   */
  async finished(): Promise<TrainingJobResult> {
    await this.#completion.wait();
    return this.#result!;
  }

  /**
   * Stops the job as SageMaker does: SIGTERM to the algorithm, and SIGKILL after `stopGraceMs`. Resolves when nothing of it
   * runs any more. May be called again, and when the job has ended.
   */
  async stop(): Promise<void> {
    this.#end({ kind: 'stop' });
    await this.#running;
  }

  /**
   * Everything that the algorithm writes, from its first line on, until it has ended. It is read from the log file: whoever
   * is slow, or comes late, misses nothing and holds nothing up. Each call begins at the beginning.
   */
  logs(): AsyncIterable<LogEvent> {
    this.#isRead = true;
    return this.#host.log.read();
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
    await this.#directory.remove();
  }

  async #run(): Promise<void> {
    let exit: ProgramExit | undefined;
    try {
      await this.#start();
      exit = await this.#host.exited;
      this.#isOver = true;
      await this.#stopping;
      await this.#host.drained();
    } catch (error) {
      this.#fail(error);
      this.#endsBy ??= { kind: 'failure', error: error as Error }; // the log is lost, if it is over
    }
    this.#isOver = true;
    await this.#finish(exit).catch((error: unknown) => this.#completion.fail(error as Error));
  }

  async #start(): Promise<void> {
    const { signal } = this.#ending;
    signal.throwIfAborted();
    this.#directory.make();
    await this.#host.prepare();
    signal.throwIfAborted();
    this.#record.move('Downloading', 'Downloading input data');
    const { MaxRuntimeInSeconds: seconds } = this.#plan.request.StoppingCondition;
    this.#calledOff = afterMs(seconds * 1000, () => this.#end({ kind: 'timeout' }));
    await this.#host.feed(signal);
    await this.#host.start(signal);
    if (!signal.aborted) this.#record.move('Training', 'Training in progress: the algorithm was started');
    this.#host.fed().catch(this.#fail);
    this.#host.written().catch(this.#fail);
  }

  readonly #fail = (error: unknown): void => this.#end({ kind: 'failure', error: error as Error });

  /** What comes first decides how the job ends. */
  #end(ending: Ending): void {
    if (this.#endsBy !== undefined || this.#isOver) return;
    this.#endsBy = ending;
    this.#channelsThen = this.#host.describeChannels();
    if (ending.kind !== 'failure') this.#record.move('Stopping', describeEnding(ending));
    this.#ending.abort();
    if (this.#host.wasStarted) this.#stopping = this.#stopProgram(ending);
  }

  /**
   * The algorithm first, and its channels when it has ended: it must not take what ends them for an end of its data. If one
   * of them has failed there is nothing to wait for.
   */
  async #stopProgram({ kind }: Ending): Promise<void> {
    const look = async () => void (this.#waitsThen = describeWaits(await this.#host.waits()));
    if (kind === 'timeout') await settleWithin([look()]).catch(() => undefined);
    const isAtOnce = kind === 'failure' || kind === 'disposal';
    await this.#host.stop(isAtOnce ? 0 : this.#plan.options.stopGraceMs, this.#hurry.signal);
  }

  /** Looks at what is left, ends the rest, and tells. */
  async #finish(exit: ProgramExit | undefined): Promise<void> {
    this.#calledOff?.();
    this.#unwatchSignal();
    const channels = this.#channelsThen ?? this.#host.describeChannels();
    const evidence = exit && this.#evidence(exit);
    const findings = evidence === undefined ? [] : findIn(evidence);
    await this.#host.close().catch((error: unknown) => {
      this.#endsBy ??= { kind: 'failure', error: error as Error };
    });
    this.#moveToEnd(evidence);
    const result = new TrainingJobResult({
      status: this.#record.status,
      secondaryStatus: this.#record.secondary,
      exit,
      findings,
      metrics: this.#metrics.summaries,
      logFile: this.#host.log.path,
      optMl: this.#host.optMl,
      dispose: () => this[asyncDispose](),
    });
    this.#result = result;
    const error = jobFailure({
      plan: this.#plan,
      ending: this.#endsBy,
      evidence,
      result,
      failureReason: this.#failureReason,
      lastLines: this.#host.lastLines.list,
      channels,
      waits: this.#waitsThen,
    });
    this.#settle(error);
  }

  #evidence(exit: ProgramExit): Evidence {
    const endedByItself = this.#endsBy === undefined;
    return this.#host.evidence(exit, { endedByItself, metrics: this.#metrics.summaries });
  }

  #moveToEnd(evidence: Evidence | undefined): void {
    const ending = this.#endsBy;
    switch (ending?.kind) {
      case 'failure':
        this.#failureReason = otherFailure(ending.error);
        this.#record.move('Failed', this.#failureReason);
        break;
      case 'timeout':
        this.#record.move('MaxRuntimeExceeded', 'Training job runtime exceeded MaxRuntimeInSeconds');
        break;
      case undefined:
        this.#moveToOwnEnd(evidence!);
        break;
      default:
        this.#record.move('Stopped', 'Training job stopped');
    }
  }

  #moveToOwnEnd({ exit, failure }: Evidence): void {
    this.#record.move('Uploading', 'Collecting what the algorithm has left');
    if (exit.code === 0) {
      this.#record.move('Completed', 'Training job completed');
      return;
    }
    this.#failureReason = algorithmFailure(exit, failure);
    this.#record.move('Failed', this.#failureReason);
  }

  #settle(error: PipeModeError | undefined): void {
    if (error === undefined) {
      this.#completion.succeed();
      return;
    }
    this.#completion.fail(error);
    if (this.listenerCount('status') === 0 && !this.#isRead) this.#completion.throwUnlessWatched(error);
  }

  #onLines(lines: readonly LogLine[], stream: LogStreamName, time: Date): void {
    const host = this.#host.name;
    if (this.listenerCount('log') > 0)
      for (const line of lines) this.#report('log', { time, host, stream, ...line });
    const texts = lines.map(({ text }) => text);
    for (const event of this.#metrics.find(texts, time, host)) this.#report('metric', event);
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
