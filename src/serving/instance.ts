import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import PQueue from 'p-queue';

import { afterMs } from '../abort/after-ms.js';
import { onAbort } from '../abort/on-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { asyncDispose } from '../disposal.js';
import type { Finding } from '../findings/finding.js';
import { WatchedStop } from '../findings/watched-stop.js';
import type { HostLog } from '../logs/host-log.js';
import type { LogStreamName } from '../logs/log-event.js';
import type { PreparedProgram, ProcessInfo, ProgramExit, RunningProgram } from '../runner/runner.js';
import { EndpointError } from './endpoint-error.js';
import { serverEnvironment } from './environment.js';
import type { EndpointPlan } from './endpoint-plan.js';
import { findIn } from './findings/find.js';
import { isNearLimit } from './findings/ping-slow.js';
import { GetExchange } from './get-exchange.js';
import { type LastPing, lastPing, untilHealthy } from './health.js';
import { watchHealth } from './health-watch.js';
import { Connections, type ServerRequest } from './http/connections.js';
import type { Exchange } from './http/exchange.js';
import { placeModel } from './model.js';
import { Observations } from './observations.js';
import { type PingAnswer, shortText } from './ping.js';
import { connectTimedOut, howEnded, invocationFailed, modelTooSlow, PORT } from './serving-errors.js';

/** How many connections to open at once: each takes a server next to nothing, but whoever opens them does so one by one. */
const CONNECTS_AT_ONCE = 16;

/** How long a server has to stay up that nobody asks anything, for its end to be a new one, in milliseconds: our choice. */
const STEADY_MS = 10_000;

/** What an instance is doing. */
export type InstanceStatus = 'Creating' | 'InService' | 'Restarting' | 'Failed' | 'Stopped';

/** A server: its /opt/ml, its program, what that writes, and the connections with it. */
export class Instance {
  /** `instance-1` and so on. */
  readonly name: string;
  readonly log: HostLog;
  /** What was seen of it. */
  readonly seen: Observations;
  status: InstanceStatus = 'Creating';
  /** Why it was given up, if it was. */
  failure: Error | undefined;
  /** How many invocations it is busy with. */
  busy = 0;
  /** How many it was given. */
  begun = 0;
  /** How often it was started again. */
  restarts = 0;
  /** How often that was tried in a row, without a server that was {@link Instance.wasOfUse}. */
  attempts = 0;
  readonly #plan: EndpointPlan;
  readonly #directory: string;
  #prepared: PreparedProgram | undefined;
  #program: RunningProgram | undefined;
  #connections: Connections | undefined;
  #pumps: readonly Promise<void>[] = [];
  /** The stop of what runs, if that was begun with. */
  #stopping: Promise<void> | undefined;
  #lastPing: LastPing | undefined;
  #unwatchHealth: () => void = () => undefined;
  /** When its server was ready, and what it had been given until then. */
  #inService = { since: 0, begun: 0 };

  constructor(plan: EndpointPlan, log: HostLog, directory: string) {
    this.name = log.host;
    this.log = log;
    this.#plan = plan;
    this.#directory = directory;
    this.seen = new Observations({
      instance: this.name,
      pingTimeoutMs: plan.options.limits.pingTimeoutMs,
      // A container has a copy of it.
      modelDirectory: plan.isContainer ? undefined : this.#modelDirectory,
    });
  }

  /** What is to be said of it so far. */
  get findings(): readonly Finding[] {
    return findIn(this.seen);
  }

  /** Makes /opt/ml, with the model in it, and looks whether the program can be run. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { request, options, command, runner, isContainer } = this.#plan;
    await mkdir(join(this.#directory, 'input'), { recursive: true }); // containers have it mounted
    await this.#placeModel(signal);
    const { ContainerHostname: name } = request;
    const program = {
      directory: this.#directory,
      command,
      env: serverEnvironment(request, options.env),
      ...(isContainer ? undefined : { cwd: options.cwd }),
      ...(runner.namesHosts && name !== undefined ? { host: { name, all: [name] } } : undefined),
    };
    this.#prepared = await runner.prepare(program, { signal });
  }

  /** Starts its program, again or for the first time, and resolves when `/ping` has answered 200. */
  async start(signal: AbortSignal): Promise<void> {
    this.seen.noteStart();
    const program = await this.#startProgram(signal);
    this.#program = program;
    this.#pumps = [this.#pump(program, 'stdout'), this.#pump(program, 'stderr')];
    for (const pump of this.#pumps) pump.catch(() => undefined); // close() tells
    const queue = new PQueue({ concurrency: CONNECTS_AT_ONCE });
    this.#connections = new Connections(() => queue.add(() => this.#connect(program)));
    await this.#untilHealthy(program, signal);
    this.seen.listeners = await program.listeners();
    this.seen.noteHealthy();
    this.#inService = { since: performance.now(), begun: this.begun };
    this.status = 'InService';
  }

  /** Whether its server was given an invocation, which it may have ended of, or has stayed up for a while without one. */
  get wasOfUse(): boolean {
    const { since, begun } = this.#inService;
    return this.begun > begun || performance.now() - since >= STEADY_MS;
  }

  /** That it ends by itself again and again. */
  keepsEnding(exit: ProgramExit): EndpointError {
    const when = 'soon after /ping had answered 200, and before it was asked anything else';
    const what = `ended ${howEnded(exit)} ${when}. It was started again ${this.attempts} times in a row.`;
    return this.#error('ENDPOINT_FAILED', what);
  }

  /** Asks it `/ping` from now on, until it is stopped or closed. */
  watchHealth(onUnhealthy: (last: LastPing) => void): void {
    const { healthCheckIntervalMs: everyMs } = this.#plan.options;
    const ping = () => lastPing(() => this.ping());
    this.#unwatchHealth = watchHealth({ everyMs, ping, isBusy: () => this.busy > 0, onUnhealthy });
  }

  /** What runs of it at the moment. */
  async processes(): Promise<readonly ProcessInfo[]> {
    return (await this.#program?.processes()) ?? [];
  }

  /** What runs now, if something does. */
  get program(): RunningProgram | undefined {
    return this.#program;
  }

  /** Begins an exchange that was made for it. @throws {@link PipeModeError} `INVOCATION_FAILED` if nothing runs of it */
  send(request: ServerRequest, exchange: Exchange & { readonly instance: Instance }): void {
    if (this.#connections === undefined)
      throw invocationFailed(this.name, { what: `is ${this.status}`, wasSent: false, cause: undefined });
    this.busy++;
    this.begun++;
    this.#connections.send(request, exchange);
  }

  /** An exchange that was begun is over: to be said by it. */
  freed(): void {
    this.busy--;
  }

  /** @throws {@link PipeModeError} `PING_TIMED_OUT`, `CONNECT_TIMED_OUT`; what the connection fails with */
  async ping(): Promise<PingAnswer> {
    const isInService = this.status === 'InService';
    const asked = this.get('/ping');
    this.seen.notePing(await lastPing(() => asked), isInService);
    return await asked;
  }

  /** What it answers to a GET, the first characters of it. @throws as {@link Instance.ping} */
  async get(path: string, longest?: number): Promise<PingAnswer> {
    const { pingTimeoutMs, maxPayloadBytes: mostBytes } = this.#plan.options.limits;
    const exchange = new GetExchange(path, { mostBytes, timeoutMs: pingTimeoutMs });
    this.#connections!.send({ method: 'GET', path, headers: [] }, exchange);
    const { status } = await exchange.head;
    const text = await shortText(exchange.body, longest);
    return { status, ms: exchange.ms, text };
  }

  /** SIGTERM, and SIGKILL when the grace is over: once for each program. What it is busy with may still end meanwhile. */
  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    this.#unwatchHealth();
    void this.#connections?.close().catch(() => undefined);
    if (this.#program === undefined) return;
    await (this.#stopping ??= this.#stopProgram(this.#program, graceMs, hurry));
  }

  /** Ends all that is left, and fails whatever it is busy with. What it has written is in the log then. */
  async close(reason: Error): Promise<void> {
    this.#unwatchHealth();
    await this.#connections?.destroy(reason);
    const isPlain = this.#plan.sharesPort;
    await this.#program?.stop({ graceMs: 0 });
    // Where there is no namespace, a process that has got away may have the output open for ever.
    await (isPlain ? settleWithin(this.#pumps) : Promise.all(this.#pumps)).catch(() => undefined);
    await this.#program?.[asyncDispose]();
    this.#connections = undefined;
    this.#program = undefined;
    this.#stopping = undefined;
  }

  async #stopProgram(program: RunningProgram, graceMs: number, hurry: AbortSignal): Promise<void> {
    const stop = new WatchedStop();
    const exit = await stop.stop(program, graceMs, hurry);
    this.seen.noteStop({ exit, ignoredSigtermMs: stop.ignoredSigtermMs, stopped: stop.stopped });
  }

  /** The signal ends the start only: one that runs is stopped with a grace. */
  async #startProgram(signal: AbortSignal): Promise<RunningProgram> {
    signal.throwIfAborted();
    const starting = new AbortController();
    const unwatch = onAbort(signal, () => starting.abort(signal.reason));
    try {
      return await this.#prepared!.start({ signal: starting.signal });
    } finally {
      unwatch();
    }
  }

  async #placeModel(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { request, options } = this.#plan;
    const { ModelDataDownloadTimeoutInSeconds: seconds } = request;
    const giveUp = new AbortController();
    const unwatch = onAbort(signal, () => giveUp.abort(signal.reason));
    const callOff =
      seconds === undefined ? undefined : afterMs(seconds * 1000, () => giveUp.abort(modelTooSlow(seconds)));
    try {
      const getting = { s3: options.s3, limits: options.limits, signal: giveUp.signal };
      await placeModel(request.model, this.#modelDirectory, getting);
    } catch (error) {
      giveUp.signal.throwIfAborted(); // a channel that is stopped does not say why
      throw error;
    } finally {
      callOff?.();
      unwatch();
    }
  }

  get #modelDirectory(): string {
    return join(this.#directory, 'model');
  }

  /** How it did not come up, or does not stay up. */
  #error(code: 'ENDPOINT_FAILED' | 'ENDPOINT_TIMED_OUT', what: string): EndpointError {
    return new EndpointError(code, `${this.name} ${what}`, {
      endpointName: this.#plan.request.EndpointName,
      lastPing: this.#lastPing?.text,
      lastLines: this.log.lastLines,
      findings: this.findings,
    });
  }

  async #untilHealthy(program: RunningProgram, signal: AbortSignal): Promise<void> {
    const { startupTimeoutMs } = this.#plan;
    this.#lastPing = { isHealthy: false, kind: 'failed', ms: 0, text: 'it has not answered until then' };
    const ping = async () => (this.#lastPing = await lastPing(() => this.ping()));
    const end = await untilHealthy(ping, { exited: program.exited, timeoutMs: startupTimeoutMs, signal });
    if (end === 'healthy') {
      if (isNearLimit(this.#lastPing.ms, this.#plan.options.limits.pingTimeoutMs)) await ping();
      return;
    }
    if (end === 'late') {
      this.seen.lateStart = { ms: startupTimeoutMs, lastPing: this.#lastPing };
      this.seen.listeners = await program.listeners();
      const what = `has not answered /ping with 200 within ${startupTimeoutMs} ms of its start (startupTimeoutMs, or ContainerStartupHealthCheckTimeoutInSeconds).`;
      throw this.#error('ENDPOINT_TIMED_OUT', what);
    }
    await settleWithin(this.#pumps).catch(() => undefined); // its last words
    throw this.#error('ENDPOINT_FAILED', `ended ${howEnded(end)} before /ping answered 200.`);
  }

  async #connect(program: RunningProgram) {
    const { connectTimeoutMs: timeoutMs } = this.#plan.options.limits;
    try {
      return await program.connect(PORT, { timeoutMs });
    } catch (error) {
      const isLate = (error as NodeJS.ErrnoException).code === 'ETIMEDOUT' && timeoutMs !== Infinity;
      throw isLate ? connectTimedOut(timeoutMs) : error;
    }
  }

  /**
   * Back-pressured: more is read when this is in the log, and everybody has been told. What cannot be kept is read all the same,
   * so that the server is not held up by that: the log tells those who watch it.
   */
  async #pump(program: RunningProgram, stream: LogStreamName): Promise<void> {
    for await (const lines of program[stream]) await this.log.append(lines, stream).catch(() => undefined);
    await this.log.written();
  }
}
