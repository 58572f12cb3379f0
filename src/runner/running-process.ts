import type { Socket } from 'node:net';
import { inspect } from 'node:util';

import { onAbort } from '../abort/on-abort.js';
import { asyncDispose } from '../disposal.js';
import { checkInteger, checkSignal } from '../options/checks.js';
import { check } from '../options/expected.js';
import { type Names, readOptions } from '../options/read-options.js';
import { killAtExit } from './exit-cleanup.js';
import type {
  Listener,
  LogStream,
  LoopbackConnection,
  ProcessActivity,
  ProcessInfo,
  ProcessWaits,
  ProgramExit,
  RunningProgram,
  StopOptions,
} from './runner.js';
import type { StartedProgram } from './started-program.js';
import type { InsidePaths } from './inside-paths.js';
import type { ConnectLimits } from './until-connected.js';
import { activityOf } from './waits/activity-of.js';
import { listenersOf, loopbackConnectionsOf } from './waits/loopback.js';
import { fifosReadBy } from './waits/open-files.js';
import { waitsOf } from './waits/waits-of.js';

/** As long as SageMaker waits between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 120_000;

const STOP: Names<StopOptions> = { graceMs: true, signal: true };
const SIGNAL: Names<{ signal?: AbortSignal | undefined }> = { signal: true };
const CONNECT: Names<ConnectLimits> = { timeoutMs: true, signal: true };

/** A program that runs, or has run: on this machine, or in a container. */
export class RunningProcess implements RunningProgram {
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
  readonly stdout: LogStream;
  readonly stderr: LogStream;
  readonly #started: StartedProgram;
  readonly #paths: InsidePaths;

  /** @param signal - kills it when it is aborted */
  constructor(started: StartedProgram, paths: InsidePaths, signal: AbortSignal | undefined) {
    this.#started = started;
    this.#paths = paths;
    this.pid = started.pid;
    this.stdout = started.stdout;
    this.stderr = started.stderr;
    this.exited = started.ended;
    if (signal) this.#killWith(signal);
    if (started.killNow) void this.exited.then(killAtExit(() => started.killNow!()));
  }

  signal(name: NodeJS.Signals): boolean {
    return this.#started.signal(name);
  }

  async stop(options: StopOptions = {}): Promise<ProgramExit> {
    const { graceMs = GRACE_MS, signal } = readOptions(options, STOP);
    check('graceMs', 'a number of milliseconds from 0 up, or Infinity', graceMs, (ms) => (ms as number) >= 0);
    if (signal !== undefined) checkSignal(signal);
    if (graceMs > 0 && signal?.aborted !== true) {
      this.signal('SIGTERM');
      await this.#grace(graceMs, signal);
    }
    this.#started.kill();
    return await this.exited;
  }

  async connect(port: number, options: ConnectLimits = {}): Promise<Socket> {
    const limits = readOptions(options, CONNECT);
    const { timeoutMs, signal } = limits;
    checkInteger('port', 'a port from 1 to 65,535', port, 1, 65_535);
    const isTime = (ms: unknown) => typeof ms === 'number' && ms > 0;
    if (timeoutMs !== undefined)
      check('timeoutMs', 'a number of milliseconds above 0, or Infinity', timeoutMs, isTime);
    if (signal !== undefined) checkSignal(signal);
    return await this.#started.connect(port, limits);
  }

  async processes(): Promise<readonly ProcessInfo[]> {
    return await this.#started.processes();
  }

  async waits(): Promise<readonly ProcessWaits[]> {
    const { isVisible } = this.#started;
    const found: ProcessWaits[] = [];
    for (const each of await this.#started.processes())
      found.push({
        ...each,
        fifos: isVisible ? fifosReadBy(each.pid) : [],
        waits: isVisible ? await waitsOf(each.pid, this.#paths) : [],
      });
    return found;
  }

  async activity(): Promise<readonly ProcessActivity[]> {
    return this.#started.isVisible ? (await this.#started.processes()).map(activityOf) : [];
  }

  async loopbackConnections(): Promise<readonly LoopbackConnection[]> {
    if (!this.#started.isVisible) return [];
    return (await this.#started.processes()).flatMap(({ pid }) => loopbackConnectionsOf(pid));
  }

  async listeners(): Promise<readonly Listener[]> {
    if (!this.#started.isVisible) return [];
    return (await this.#started.processes()).flatMap(({ pid }) => listenersOf(pid));
  }

  async refresh(path: string): Promise<boolean> {
    return (await this.#started.refresh?.(path, this.#paths.outside(path))) ?? true;
  }

  async collect(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = readOptions(options, SIGNAL);
    if (signal !== undefined) checkSignal(signal);
    await this.#started.collect?.(signal);
  }

  async [asyncDispose](): Promise<void> {
    await this.stop({ graceMs: 0 });
    await Promise.all([this.#started.stdout.close(), this.#started.stderr.close(), this.#started.remove?.()]);
  }

  /** @internal */
  [inspect.custom](): string {
    return `RunningProcess { pid: ${this.pid} }`;
  }

  /** Resolves when it has ended, the time is up or the signal is aborted. */
  async #grace(ms: number, signal: AbortSignal | undefined): Promise<void> {
    let unwatch: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      if (ms <= LONGEST_TIMER_MS) timer = setTimeout(resolve, ms);
      if (signal) unwatch = onAbort(signal, resolve);
    });
    await Promise.race([this.exited, over]);
    clearTimeout(timer);
    unwatch?.();
  }

  #killWith(signal: AbortSignal): void {
    const unwatch = onAbort(signal, () => this.#started.kill());
    if (signal.aborted) this.#started.kill();
    void this.exited.then(unwatch);
  }
}

/** Node's timers fire at once beyond this: 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
