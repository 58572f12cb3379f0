import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

import { onAbort } from '../../abort/on-abort.js';
import { Completion } from '../../channel/completion.js';
import { debugTo } from '../../debug.js';
import { asyncDispose } from '../../disposal.js';
import { PipeModeError } from '../../errors.js';
import type { LogEvent } from '../../logs/log-event.js';
import { Endpoint } from '../endpoint.js';
import type { TransformJobEmitter, TransformJobEvents, TransformProgress } from './events.js';
import { type ExecutionParameters, executionParameters } from './execution-parameters.js';
import { failureReason } from './failure-reason.js';
import { inputSourceOf, type TransformInputSource } from './input-source.js';
import { OutputStore } from './output/output-store.js';
import type { TransformJobResult } from './result.js';
import { describeTransformJob, type TransformJobDescription } from './transform-job-description.js';
import { TransformJobError } from './transform-job-error.js';
import { transformJobArn } from './transform-job-arn.js';
import { TransformJobRecord, type TransformJobStatus } from './transform-job-status.js';
import type { TransformPlan } from './transform-plan.js';
import { TransformRun } from './transform-run.js';

const debug = debugTo('serving');

const Emitter = EventEmitter as unknown as new () => TransformJobEmitter;

const NOTHING_DONE: TransformProgress = {
  objects: 0,
  failedObjects: 0,
  records: 0,
  inputBytes: 0,
  outputBytes: 0,
  requests: 0,
  retries: 0,
};

/** Why a job is ended before it has transformed everything. */
type Ending = { readonly kind: 'stop' | 'disposal' } | { readonly kind: 'abort'; readonly reason: unknown };

/**
 * A batch transform that runs, or has run. Made by {@link startTransformJob}, and begins in the next turn of the event loop:
 * listeners that are added at once miss nothing.
 *
 * An output appears when all of it is there, so one that is there is whole, however the job ends: the same job, started again,
 * writes the same outputs. Disposing of the job kills its servers, if they still run.
 */
export class TransformJob extends Emitter implements AsyncDisposable {
  /** The `TransformJobName`. */
  readonly name: string;
  /** The `TransformJobArn`. */
  readonly arn: string;
  readonly #plan: TransformPlan;
  readonly #endpoint: Endpoint;
  readonly #store: OutputStore;
  readonly #completion = new Completion();
  readonly #record: TransformJobRecord;
  /** Aborted when the job is to end. */
  readonly #ending = new AbortController();
  readonly #unwatchSignal: () => void;
  readonly #running: Promise<void>;
  #endsBy: Ending | undefined;
  #parameters: ExecutionParameters | undefined;
  #input: TransformInputSource | undefined;
  #run: TransformRun | undefined;
  /** Whether all was transformed, or has failed: nothing can be stopped then. */
  #isDone = false;
  #failureReason: string | undefined;
  #isRead = false;
  #disposed: Promise<void> | undefined;

  /** @internal */
  constructor(plan: TransformPlan) {
    super();
    const { request, options } = plan;
    this.#plan = plan;
    this.name = request.TransformJobName;
    this.arn = transformJobArn(this.name);
    this.#record = new TransformJobRecord((status, time) => this.#tell('status', { status, time }));
    this.#store = new OutputStore(request.TransformOutput.S3OutputPath, options.resolved.s3);
    this.#endpoint = new Endpoint(plan.endpointUntil(this.#ending.signal));
    this.#endpoint.on('log', (event) => this.#tell('log', event));
    const { signal } = options.resolved;
    const abort = () => this.#end({ kind: 'abort', reason: signal!.reason });
    this.#unwatchSignal = signal === undefined ? () => undefined : onAbort(signal, abort);
    this.#running = Promise.resolve().then(() => {
      if (signal?.aborted) abort();
      return this.#transform();
    });
  }

  /** The `TransformJobStatus`. */
  get status(): TransformJobStatus {
    return this.#record.status;
  }

  /** The directory with the files of its servers on this machine: `instance-1` and so on, which are /opt/ml, and `logs`. */
  get directory(): string {
    return this.#endpoint.directory;
  }

  /** How far it is. */
  get progress(): TransformProgress {
    return this.#run?.progress ?? NOTHING_DONE;
  }

  /** The job as AWS's `DescribeTransformJob` would answer, at any moment. */
  describe(): TransformJobDescription {
    return describeTransformJob(this.#plan.request, this.#record, this.#parameters, this.#failureReason);
  }

  /**
   * Resolves when the job has completed or was stopped by `stop()` or disposal, and nothing of it runs any more. If nobody waits
   * for this, and nobody listens to `status` or reads the logs, what the job fails with is thrown as an uncaught exception.
   *
   * @throws {@link TransformJobError} `TRANSFORM_JOB_FAILED`, `ABORTED`, if its servers were ready. {@link PipeModeError} what it
   * was not started for: what {@link startEndpoint} throws, `ABORTED`
   */
  async finished(): Promise<TransformJobResult> {
    await this.#completion.wait();
    return this.#result();
  }

  /**
   * Stops the job: no more requests, SIGTERM to its servers, and SIGKILL after `stopGraceMs`. Resolves when nothing of it runs
   * any more. May be called again, and when the job has ended. Outputs that are there by then stay; the service "doesn't store the
   * job's output" (API reference, StopTransformJob).
   */
  async stop(): Promise<void> {
    this.#end({ kind: 'stop' });
    await this.#running;
  }

  /**
   * Everything that its servers write, from the first line on, until they have ended. It is read from the log files: whoever is
   * slow, or comes late, misses nothing. Each call begins at the beginning.
   */
  logs(): AsyncIterable<LogEvent> {
    this.#isRead = true;
    return this.#endpoint.logs();
  }

  /** Kills what still runs, and removes the directory of the servers, unless it is the caller's own. */
  [asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#dispose());
  }

  /** @internal */
  [inspect.custom](): string {
    return `TransformJob { name: '${this.name}', status: '${this.status}' }`;
  }

  async #dispose(): Promise<void> {
    this.#end({ kind: 'disposal' });
    await this.#endpoint[asyncDispose]();
    await this.#running;
  }

  /** What comes first decides. */
  #end(ending: Ending): void {
    if (this.#endsBy !== undefined || this.#isDone) return;
    this.#endsBy = ending;
    this.#record.move('Stopping');
    this.#ending.abort(ending.kind === 'abort' ? ending.reason : new Error('The job was stopped.'));
  }

  async #transform(): Promise<void> {
    let failure: Error | undefined;
    try {
      await this.#start();
      await this.#run!.run(this.#ending.signal);
    } catch (error) {
      if (this.#endsBy === undefined) failure = error as Error;
    }
    this.#isDone = true;
    await this.#endRest();
    this.#unwatchSignal();
    this.#settle(failure);
  }

  /** Looks for the input, starts the servers, and asks them how they want to be asked. */
  async #start(): Promise<void> {
    const { request, options } = this.#plan;
    const { signal } = this.#ending;
    signal.throwIfAborted();
    const input = (this.#input = inputSourceOf(request, { s3: options.resolved.s3 }));
    await input.source.check?.({ epoch: 0, signal });
    signal.throwIfAborted();
    await this.#endpoint.start();
    signal.throwIfAborted();
    this.#parameters = await executionParameters(request, this.#endpoint);
    signal.throwIfAborted();
    this.#record.start();
    this.#run = new TransformRun({
      request,
      endpoint: this.#endpoint,
      parameters: this.#parameters,
      input,
      store: this.#store,
      maxAnswerBytes: options.maxAnswerBytes,
      onProgress: () => this.#onProgress(),
      onObject: (event) => this.#tell('object', event),
      onFailure: (event) => this.#tell('objectFailed', event),
    });
  }

  /** Whatever becomes of it: the outputs are there. */
  async #endRest(): Promise<void> {
    const ends = [
      async () => this.#input?.source.close?.(),
      () => this.#store.close(),
      () => this.#endpoint.stop(),
    ];
    for (const end of ends) {
      try {
        await end();
      } catch (error) {
        debug('%s: not all of it could be ended: %s', this.name, error);
      }
    }
  }

  #settle(failure: Error | undefined): void {
    const error = this.#errorOf(failure);
    if (this.#endsBy !== undefined) this.#record.move('Stopped');
    else if (error === undefined) this.#record.move('Completed');
    else {
      const [first] = this.#run?.failures ?? [];
      this.#failureReason = failureReason(failure ?? first!.error);
      this.#record.move('Failed');
    }
    const thrown = error?.();
    if (thrown === undefined) {
      this.#completion.succeed();
      return;
    }
    this.#completion.fail(thrown);
    if (this.listenerCount('status') === 0 && !this.#isRead) this.#completion.throwUnlessWatched(thrown);
  }

  /** What the job ends with, made when its status is known. */
  #errorOf(failure: Error | undefined): (() => Error) | undefined {
    const ending = this.#endsBy;
    if (ending?.kind === 'abort') return () => this.#aborted(ending.reason);
    if (ending !== undefined) return undefined;
    if (failure !== undefined) {
      const what = `has failed: ${failure.message.split('\n')[0]!}`;
      return () => (this.#run === undefined ? failure : this.#error('TRANSFORM_JOB_FAILED', what, failure));
    }
    const { objects, failedObjects } = this.progress;
    if (failedObjects === 0) return undefined;
    const what = `has failed: ${failedObjects} of ${objects + failedObjects} objects could not be transformed, and have no outputs.`;
    return () => this.#error('TRANSFORM_JOB_FAILED', what, undefined);
  }

  #aborted(reason: unknown): PipeModeError {
    const what = 'was stopped, because its signal was aborted.';
    if (this.#run !== undefined) return this.#error('ABORTED', what, reason);
    return new PipeModeError('ABORTED', `Transform job "${this.name}" ${what}`, { cause: reason });
  }

  #error(code: 'TRANSFORM_JOB_FAILED' | 'ABORTED', what: string, cause: unknown): TransformJobError {
    return new TransformJobError(code, what, {
      jobName: this.name,
      failureReason: this.#failureReason,
      lastLines: this.#endpoint.lastLines,
      result: this.#result(),
      cause,
    });
  }

  #result(): TransformJobResult {
    const { S3OutputPath: output } = this.#plan.request.TransformOutput;
    return {
      status: this.status,
      output,
      ...this.progress,
      failures: this.#run?.failures ?? [],
      findings: this.#endpoint.findings(),
    };
  }

  #onProgress(): void {
    if (this.listenerCount('progress') > 0) this.#tell('progress', this.progress);
  }

  /** What a listener throws is not the job's failure. */
  #tell<Name extends keyof TransformJobEvents>(
    name: Name,
    ...args: Parameters<TransformJobEvents[Name]>
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
