import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

import { onAbort } from '../abort/on-abort.js';
import { raceAbort } from '../abort/race-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { debugTo } from '../debug.js';
import { asyncDispose } from '../disposal.js';
import { PipeModeError } from '../errors.js';
import type { Finding } from '../findings/finding.js';
import { HostLog } from '../logs/host-log.js';
import type { LogBatch } from '../logs/log-batch.js';
import type { LogEvent } from '../logs/log-event.js';
import { mergeLogs } from '../logs/merge-logs.js';
import { isBytes } from '../options/checks.js';
import { check } from '../options/expected.js';
import type { ProgramExit } from '../runner/runner.js';
import { RunDirectory } from '../runner/run-directory.js';
import type { EndpointPlan } from './endpoint-plan.js';
import { serverEnvironment, workersIn } from './environment.js';
import type { EndpointEmitter, EndpointEvents } from './events.js';
import { EndpointGateway } from './gateway/gateway.js';
import { type GatewayOptions, readGatewayOptions } from './gateway/options.js';
import { examine } from './examination/examine.js';
import type { LastPing } from './health.js';
import { Instance, type InstanceStatus } from './instance.js';
import { Instances } from './instances.js';
import type { InvocationAnswer } from './invocation/answer.js';
import { type AnswerLimits, type Asked, Invocation } from './invocation/invocation.js';
import { type InvocationOptions, readInvocation } from './invocation/options.js';
import type { InvocationBody } from './invocation/payload.js';
import type { PingAnswer } from './ping.js';
import { checkPortIsFree } from './port.js';
import { brokenOff, endpointStopped, questionFailed, ServerEnded } from './serving-errors.js';

const debug = debugTo('serving');

const Emitter = EventEmitter as unknown as new () => EndpointEmitter;

/** How often in a row to start a server again that ends before it was of any use: our choice. */
const MOST_ATTEMPTS = 3;

/** What an endpoint is doing, as in AWS's `EndpointStatus`. */
export type EndpointStatus = 'Creating' | 'InService' | 'Deleting' | 'Failed';

/** An instance of an endpoint. */
export interface InstanceDescription {
  /** `instance-1` and so on. */
  readonly name: string;
  /** What it is doing. */
  readonly status: InstanceStatus;
  /** With how many invocations it is busy. */
  readonly busy: number;
  /** How often its server was started again. */
  readonly restarts: number;
}

/**
 * An endpoint that serves a model. Made by {@link startEndpoint}, or by {@link createEndpoint}. Disposing of it kills its servers,
 * fails what they are busy with, and removes its directory, unless that is the caller's own.
 */
export class Endpoint extends Emitter implements AsyncDisposable {
  /** The `EndpointName`. */
  readonly name: string;
  /** The directory with its files on this machine: `instance-1` and so on, which are /opt/ml, and `logs`. */
  readonly directory: string;
  readonly #plan: EndpointPlan;
  readonly #directory: RunDirectory;
  readonly #instances: Instances;
  readonly #asked: Asked;
  /** Aborted when nothing is started any more. */
  readonly #ending = new AbortController();
  /** Aborted when it is disposed of: there is no grace then. */
  readonly #hurry = new AbortController();
  readonly #restarting = new Set<Promise<void>>();
  /** Those that listen. */
  readonly #gateways = new Set<EndpointGateway>();
  /** Settles when all servers are ready, or are not to be. */
  #starting: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #status: EndpointStatus = 'Creating';
  #failure: Error | undefined;
  /** Why the last of what the servers have written is not in their logs, if it is not. */
  #unkept: Error | undefined;
  /** What was found, once it has stopped. */
  #findings: readonly Finding[] | undefined;
  #stopped: Promise<void> | undefined;
  #disposed: Promise<void> | undefined;
  #unwatchSignal: () => void = () => undefined;

  /** @internal */
  constructor(plan: EndpointPlan) {
    super();
    const { EndpointName, InitialInstanceCount: count } = plan.request;
    this.#plan = plan;
    this.name = EndpointName;
    this.#directory = new RunDirectory('endpoint', plan.options.directory);
    this.directory = this.#directory.path;
    const onBatches = (batches: readonly LogBatch[], host: string) => this.#onBatches(batches, host);
    this.#instances = new Instances(
      Array.from({ length: count }, (_, index) => {
        const name = `instance-${index + 1}`;
        const log = new HostLog(this.#directory.logOf(name), name, onBatches);
        return new Instance(plan, log, this.#directory.optMlOf(name));
      }),
    );
    this.#asked = {
      instances: this.#instances,
      variant: plan.request.VariantName,
      mostBytes: plan.options.limits.maxPayloadBytes,
      // Temporary files are gone when somebody wants to look.
      logs: plan.options.directory === undefined ? 'the logs of the endpoint' : this.#directory.logs,
      checkStatus: (wasSent: boolean) => this.#checkAskable(wasSent),
    };
  }

  /** What it is doing. */
  get status(): EndpointStatus {
    return this.#status;
  }

  /** Its instances, as they are now. */
  get instances(): readonly InstanceDescription[] {
    return this.#instances.list.map(({ name, status, busy, restarts }) => ({ name, status, busy, restarts }));
  }

  /**
   * Starts its servers, and resolves when all of them are ready. If one is not, all are ended, and the endpoint is disposed of.
   * {@link startEndpoint} has done it. May be called again.
   *
   * @throws what {@link startEndpoint} throws; {@link PipeModeError} `ENDPOINT_STOPPED` if it is stopped meanwhile
   */
  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  /**
   * Asks the model, as `InvokeEndpoint` does. Resolves when its answer begins; the body comes as it is read. Of several
   * instances the one is asked that is least busy. An invocation of which something was sent is never sent again; one that
   * finds no server waits for one that is started, or started again.
   *
   * @param body - not held: a stream is read as the server takes it, and closed if the invocation fails
   * @throws {@link ModelError} `MODEL_ERROR`, `INVOCATION_TIMED_OUT`. {@link PipeModeError} `INVALID_INVOCATION`,
   * `INVALID_OPTION`, `UNKNOWN_OPTION`, `PAYLOAD_TOO_LARGE`, `CONNECT_TIMED_OUT`, `INVOCATION_FAILED`, `ENDPOINT_STOPPED`;
   * `INVALID_STATE` before {@link Endpoint.start}; `ENDPOINT_FAILED` if the server does not stay up, `WRITE_FAILED` if what it
   * writes cannot be kept; the signal's reason
   */
  async invoke(body: InvocationBody, options: InvocationOptions = {}): Promise<InvocationAnswer> {
    const { invocationTimeoutMs: ms, maxPayloadBytes: mostBytes } = this.#plan.options.limits;
    return await this.invokeWithin(body, options, { name: 'limits.invocationTimeoutMs', ms, mostBytes });
  }

  /**
   * The same as `InvokeEndpointWithResponseStream` does: the answer may take longer, and is to be read piece by piece with
   * `for await`. It may be of any length.
   *
   * @throws as {@link Endpoint.invoke}
   */
  async invokeStream(body: InvocationBody, options: InvocationOptions = {}): Promise<InvocationAnswer> {
    const { streamTimeoutMs: ms } = this.#plan.options.limits;
    return await this.invokeWithin(body, options, {
      name: 'limits.streamTimeoutMs',
      ms,
      mostBytes: Infinity,
    });
  }

  /**
   * Asks the first instance in service `/ping`. Any status is an answer.
   *
   * @throws {@link PipeModeError} `PING_TIMED_OUT`, `CONNECT_TIMED_OUT`, `ENDPOINT_STOPPED`, `INVOCATION_FAILED`;
   * `INVALID_STATE` before {@link Endpoint.start}; `ENDPOINT_FAILED`, `WRITE_FAILED` as for {@link Endpoint.invoke}
   */
  async ping(): Promise<PingAnswer> {
    return await this.#askFirst('/ping', (instance) => instance.ping());
  }

  /** @internal What the first instance in service answers to a GET of another path: the first characters of it. */
  async get(path: string, longest: number): Promise<PingAnswer> {
    return await this.#askFirst(path, (instance) => instance.get(path, longest));
  }

  /** @internal Asks the model with limits of its own, as a batch transform does. */
  async invokeWithin(
    body: InvocationBody,
    options: InvocationOptions,
    limits: AnswerLimits,
  ): Promise<InvocationAnswer> {
    return await new Invocation(this.#asked, body, options, limits).answer();
  }

  /** @internal How many invocations an instance is busy with at most: others wait. */
  limitBusy(most: number): void {
    this.#instances.mostBusy = most;
  }

  /** @internal The last lines that each instance has written. */
  get lastLines(): readonly string[] {
    const { list } = this.#instances;
    if (list.length === 1) return list[0]!.log.lastLines;
    return list.flatMap(({ name, log }) => log.lastLines.map((line) => `${name}: ${line}`));
  }

  async #askFirst(path: string, ask: (instance: Instance) => Promise<PingAnswer>): Promise<PingAnswer> {
    this.#checkAskable(false);
    const instance = this.#instances.list.find(({ status }) => status === 'InService');
    if (instance === undefined) throw questionFailed(path, 'no instance', 'is in service');
    try {
      return await ask(instance);
    } catch (error) {
      if (error instanceof PipeModeError) throw error;
      throw questionFailed(path, instance.name, brokenOff(error), error);
    }
  }

  /**
   * What was seen until now that would hurt in the cloud; after `stop()` also how the servers have taken that. Nothing if
   * nothing was.
   */
  findings(): readonly Finding[] {
    return this.#findings ?? this.#instances.list.flatMap(({ findings }) => findings);
  }

  /**
   * Asks an instance what ordinary use does not: a payload whose last byte is late, another `Accept`, no payload at all, the
   * largest one, and several at once if the environment says how many workers there are. A server that ends with one of these
   * is started again, as always. It takes some seconds.
   *
   * @param payload - one that the server answers with success
   * @param options - what goes with it, as in {@link Endpoint.invoke}
   * @returns all findings until then
   * @throws as {@link Endpoint.invoke} of that payload; what the instance is given up with that does not come up again
   */
  async examine(payload: string | Uint8Array, options: InvocationOptions = {}): Promise<readonly Finding[]> {
    const isPayload = (value: unknown) => typeof value === 'string' || isBytes(value);
    check('payload', 'text or bytes', payload, isPayload);
    const answer = await this.invoke(payload, options);
    await answer.bytes();
    const instance = this.#instances.list.find(({ name }) => name === answer.instance)!;
    const { request, options: own } = this.#plan;
    const { headers, signal } = readInvocation(options, request.VariantName);
    const giveUp = new AbortController();
    const unwatch = [signal, this.#ending.signal].map(
      (each) => each && onAbort(each, () => giveUp.abort(each.reason)),
    );
    try {
      signal?.throwIfAborted();
      this.#checkStatus(false); // it may have been stopped since that answer
      await examine({
        instance,
        payload: Buffer.from(payload as string),
        headers,
        timeoutMs: own.limits.invocationTimeoutMs,
        mostBytes: own.limits.maxPayloadBytes,
        contentType: answer.contentType,
        workers: workersIn(serverEnvironment(request, own.env)),
        untilInService: () => this.#untilInService(instance, giveUp.signal),
        signal: giveUp.signal,
      });
    } finally {
      for (const end of unwatch) end?.();
    }
    return this.findings();
  }

  /**
   * Everything that the servers write, from the first line on, until the endpoint has ended. It is read from the log files:
   * whoever is slow, or comes late, misses nothing. Each call begins at the beginning.
   */
  logs(): AsyncIterable<LogEvent> {
    const logs = this.#instances.list.map(({ log }) => log.read());
    return logs.length === 1 ? logs[0]! : mergeLogs(logs);
  }

  /**
   * Listens to a port of this machine, where it is asked as AWS's runtime API is: by `curl`, and by AWS's own clients with that
   * address as their endpoint URL. Until the endpoint is in service, it is answered that it is not. The gateway ends with the
   * endpoint.
   *
   * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `PORT_IN_USE`, `ENDPOINT_STOPPED`, `ENDPOINT_FAILED`
   *
   * @example
   * ```ts
   * import { startEndpoint } from 'sagemaker-pipe-mode/serving';
   *
   * const server = `require('node:http').createServer((request, response) => request.pipe(response)).listen(8080)`;
   *
   * await using endpoint = await startEndpoint({}, { command: ['node', '-e', server, '--'] });
   * const gateway = await endpoint.listen();
   * const response = await fetch(`${gateway.url}/invocations`, { method: 'POST', body: '5.1,3.5' });
   * console.log(await response.text());
   * ```
   */
  async listen(options: GatewayOptions = {}): Promise<EndpointGateway> {
    const forget = (closed: EndpointGateway) => void this.#gateways.delete(closed);
    const gateway = new EndpointGateway(this, readGatewayOptions(options), forget);
    this.#checkStatus(false);
    this.#gateways.add(gateway);
    await gateway.open();
    return gateway;
  }

  /**
   * Stops it as SageMaker does: no more invocations, SIGTERM to the servers, and SIGKILL after `stopGraceMs`. What they are busy
   * with may end meanwhile. Resolves when nothing of them runs any more. May be called again.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED` if what the servers have written meanwhile could not be kept: nothing of them
   * runs then, either
   */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  /** Kills what still runs, and removes the endpoint's directory, unless it is the caller's own. */
  [asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#dispose());
  }

  /** @internal */
  [inspect.custom](): string {
    return `Endpoint { name: '${this.name}', status: '${this.status}' }`;
  }

  async #start(): Promise<void> {
    const { signal } = this.#plan.options;
    const abort = () => this.#ending.abort(signal!.reason);
    if (signal?.aborted) abort();
    const unwatch = signal && onAbort(signal, abort);
    try {
      await (this.#starting = this.#startAll(this.#ending.signal));
      this.#ending.signal.throwIfAborted();
    } catch (error) {
      const stopped = this.#stopped;
      if (stopped === undefined) this.#status = 'Failed';
      else await Promise.allSettled([stopped]); // with its grace
      await this[asyncDispose]().catch((reason: unknown) => debug('%s: %s', this.name, reason));
      if (signal?.aborted) throw notStarted(this.name, signal);
      throw stopped === undefined ? (this.#failure ?? error) : endpointStopped(this.name);
    } finally {
      unwatch?.();
    }
    this.#status = 'InService';
    if (signal !== undefined) {
      this.#unwatchSignal = onAbort(signal, this.#stopUnasked);
      if (signal.aborted) this.#stopUnasked();
    }
  }

  async #startAll(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#plan.sharesPort) await checkPortIsFree();
    this.#directory.make();
    const starts = this.#instances.list.map(async (instance) => {
      instance.log.make();
      instance.log.failed.catch((error: unknown) => this.#failAll(error as Error));
      await instance.prepare(signal);
      signal.throwIfAborted();
      await instance.start(signal);
      this.#watch(instance);
      this.#instances.changed();
    });
    try {
      await Promise.all(starts);
    } catch (error) {
      this.#ending.abort(error); // the others are not waited for
      await Promise.allSettled(starts);
      throw error;
    }
  }

  /** Whoever asks for it later is told how it went. */
  readonly #stopUnasked = (): void => {
    this.stop().catch((error: unknown) => debug('endpoint %s was not stopped: %s', this.name, error));
  };

  async #stop(): Promise<void> {
    if (this.#status !== 'Failed') this.#status = 'Deleting';
    this.#ending.abort(endpointStopped(this.name));
    this.#instances.changed();
    this.#unwatchSignal();
    const { stopGraceMs } = this.#plan.options;
    const { list } = this.#instances;
    const closing = [...this.#gateways].map((gateway) => gateway.close());
    await Promise.allSettled(list.map((instance) => instance.stop(stopGraceMs, this.#hurry.signal)));
    await Promise.allSettled([this.#starting]);
    await Promise.allSettled([...this.#restarting]);
    this.#findings = this.findings(); // the files are here still
    for (const instance of list) {
      await instance.close(this.#failure ?? endpointStopped(this.name));
      instance.status = 'Stopped';
      await instance.log.end();
    }
    await settleWithin(closing); // whoever has asked is told
    await Promise.all([...this.#gateways].map((gateway) => gateway[asyncDispose]()));
    if (this.#failure === undefined && this.#unkept !== undefined) throw this.#unkept;
  }

  async #dispose(): Promise<void> {
    this.#hurry.abort();
    const isTold = this.#stopped !== undefined;
    try {
      await this.stop();
    } catch (error) {
      if (!isTold) throw error;
    } finally {
      await this.#directory.remove();
    }
  }

  /** Starts a server again that ends, as long as the endpoint is wanted, and ends one that is unhealthy. */
  #watch(instance: Instance): void {
    instance.watchHealth((last) => this.#replace(instance, last));
    void instance.program!.exited.then((exit) => {
      if (this.#ending.signal.aborted) return;
      const restarting = this.#restart(instance, exit).catch((error: unknown) =>
        this.#fail(instance, error as Error),
      );
      this.#restarting.add(restarting);
      void restarting.finally(() => this.#restarting.delete(restarting));
    });
  }

  /** It has the grace of a stop, and is given nothing more to do. When it has ended, it is started again. */
  #replace(instance: Instance, { text: lastPing }: LastPing): void {
    instance.status = 'Restarting';
    this.#tell('instanceUnhealthy', { instance: instance.name, lastPing });
    instance.stop(this.#plan.options.stopGraceMs, this.#hurry.signal).catch((error: unknown) => {
      debug('%s was not stopped: %s', instance.name, error);
    });
  }

  async #restart(instance: Instance, exit: ProgramExit): Promise<void> {
    const { signal } = this.#ending;
    instance.status = 'Restarting';
    const { name, log } = instance;
    if (instance.wasOfUse) instance.attempts = 0;
    await instance.close(new ServerEnded(exit));
    const { lastLines } = log;
    this.#tell('instanceEnded', { instance: name, exitCode: exit.code, signal: exit.signal, lastLines });
    let error: Error | undefined;
    while (!signal.aborted) {
      if (instance.attempts === MOST_ATTEMPTS) {
        this.#fail(instance, error ?? instance.keepsEnding(exit));
        return;
      }
      instance.attempts++;
      try {
        await instance.start(signal);
      } catch (reason) {
        error = reason as Error;
        await instance.close(error);
        continue;
      }
      instance.restarts++;
      this.#watch(instance);
      this.#instances.changed();
      this.#tell('instanceRestarted', { instance: name, restarts: instance.restarts });
      return;
    }
  }

  /** @throws {@link PipeModeError} `ENDPOINT_STOPPED`; what the instance was given up with; the signal's reason */
  async #untilInService(instance: Instance, signal: AbortSignal): Promise<void> {
    while (instance.status !== 'InService') {
      this.#checkStatus(false);
      if (instance.failure !== undefined) throw instance.failure;
      await raceAbort(this.#instances.nextChange, signal);
    }
  }

  /** An instance is given up; with the last one, the endpoint. */
  #fail(instance: Instance, error: Error): void {
    instance.status = 'Failed';
    instance.failure = error;
    this.#tell('instanceFailed', { instance: instance.name, error });
    if (this.#instances.list.every(({ status }) => status === 'Failed')) {
      this.#status = 'Failed';
      this.#failure = error;
      this.#ending.abort(error);
    }
    this.#instances.changed();
  }

  /** What the servers write cannot be kept: all of them are given up, and stopped. */
  #failAll(error: Error): void {
    if (this.#ending.signal.aborted) {
      this.#unkept ??= error;
      return;
    }
    const wasInService = this.#status === 'InService';
    this.#status = 'Failed';
    this.#failure = error;
    this.#ending.abort(error);
    const { list } = this.#instances;
    for (const instance of list) {
      instance.status = 'Failed';
      instance.failure = error;
    }
    for (const { name } of list) this.#tell('instanceFailed', { instance: name, error });
    this.#instances.changed();
    if (wasInService) this.#stopUnasked(); // start() does it otherwise
  }

  /** @throws {@link PipeModeError} `ENDPOINT_STOPPED`, `ENDPOINT_FAILED`, `WRITE_FAILED` */
  #checkStatus(wasSent: boolean): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ending.signal.aborted) throw endpointStopped(this.name, wasSent);
  }

  /** @throws the same; {@link PipeModeError} `INVALID_STATE` */
  #checkAskable(wasSent: boolean): void {
    this.#checkStatus(wasSent);
    if (this.#started === undefined) throw notYetStarted(this.name);
  }

  #onBatches(batches: readonly LogBatch[], host: string): void {
    if (this.listenerCount('log') === 0) return;
    for (const { lines, stream, time } of batches)
      for (const line of lines) this.#tell('log', { time, host, stream, ...line });
  }

  /** What a listener throws is not the endpoint's failure. */
  #tell<Name extends keyof EndpointEvents>(name: Name, ...args: Parameters<EndpointEvents[Name]>): void {
    try {
      this.emit(name, ...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function notYetStarted(name: string): PipeModeError {
  const message = `Endpoint "${name}" was made by \`createEndpoint()\`, and is not started yet: call its \`start()\` first.`;
  return new PipeModeError('INVALID_STATE', message);
}

function notStarted(name: string, signal: AbortSignal): PipeModeError {
  const message = `Endpoint "${name}" was not started, because its signal was aborted.`;
  return new PipeModeError('ABORTED', message, { cause: signal.reason });
}
