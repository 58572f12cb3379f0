import type { PrepareOptions, ProgramExit } from '../runner/runner.js';
import type { HostSituation } from './hang/situation.js';
import type { Activity } from './hang/stall-watch.js';
import { HostRun } from './host-run.js';
import { type HostsByLocalhost, type HostSockets, hostsByLocalhost } from './hosts-by-localhost.js';
import type { JobDirectory } from './job-directory.js';
import type { JobPlan } from './job-plan.js';
import type { HostLog } from '../logs/host-log.js';

/**
 * How long the other hosts have between SIGTERM and SIGKILL when one has failed, in milliseconds, if not less: whatever they
 * save then is not collected. A choice of ours.
 */
const GRACE_AFTER_FAILURE_MS = 5000;

/** Whether a program has done what it should. */
function hasFailed({ code }: ProgramExit): boolean {
  return code !== 0;
}

/**
 * The hosts of a job, from the layout of /opt/ml to their end. When the program of one fails, those of the others are
 * stopped. One step after the other, all hosts at once.
 */
export class Cluster {
  readonly hosts: readonly HostRun[];
  readonly #graceMs: number;
  readonly #hurry: AbortSignal;
  readonly #impatience = new AbortController();
  /** Ends every grace. */
  readonly #graceOver: AbortSignal;
  #failed: HostRun | undefined;
  /** There as soon as all are to be stopped: one that is starting then is stopped when it runs. */
  #stopHost: ((host: HostRun) => Promise<void>) | undefined;
  #stopping: Promise<void> | undefined;
  #byLocalhost: readonly HostsByLocalhost[] = [];

  /** @param hurry - ends every grace, and the collecting of what the programs have left */
  constructor(plan: JobPlan, directory: JobDirectory, logs: readonly HostLog[], hurry: AbortSignal) {
    this.hosts = plan.hosts.map((host, index) => new HostRun(plan, host, directory, logs[index]!));
    this.#graceMs = plan.options.stopGraceMs;
    this.#hurry = hurry;
    this.#graceOver = AbortSignal.any([hurry, this.#impatience.signal]);
  }

  /** The host whose program was the first to fail by itself. */
  get failed(): HostRun | undefined {
    return this.#failed;
  }

  /** Makes /opt/ml on every host, and looks whether the program can be run. */
  async prepare(how: PrepareOptions): Promise<void> {
    await this.#each((host) => host.prepare(how));
  }

  /** Starts the channels: files are there then, and the first FIFOs. */
  async feed(ending: AbortSignal): Promise<void> {
    await this.#each((host) => host.feed(ending));
  }

  /**
   * Starts the programs. Those that do not run when `ending` is aborted are not started any more; those that run only when
   * the others are being stopped are stopped, too.
   *
   * @param onRunning - told of each that runs
   */
  async start(ending: AbortSignal, onRunning: () => void): Promise<void> {
    await this.#each(async (host) => {
      await host.start(ending);
      onRunning();
      void host.exited!.then((exit) => this.#onExit(host, exit));
      await this.#stopHost?.(host);
    });
  }

  /** Whether a program was started, on any host. */
  get wasStarted(): boolean {
    return this.hosts.some(({ exited }) => exited !== undefined);
  }

  /** Resolves when all programs that were started have ended, and nothing is left of them. */
  async ended(): Promise<void> {
    await Promise.all(this.hosts.flatMap(({ exited }) => exited ?? []));
    await this.#stopping;
  }

  /** Brings the checkpoints of all hosts here, as the runner does. Says whether it has. */
  async refreshCheckpoints(): Promise<boolean> {
    const all = await Promise.all(this.hosts.map((host) => host.refreshCheckpoints()));
    return all.every((isFresh) => isFresh);
  }

  /** Rejects as soon as a channel has failed; its readers are held then. */
  async fed(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.fed()));
  }

  /** Resolves when all that was written is in the logs. Rejects with what it cannot be written for. */
  async written(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.written()));
  }

  /** The same, when all programs have ended, and what they have left is in their directories. */
  async drained(): Promise<void> {
    await this.#each((host) => host.drained(this.#hurry));
  }

  /** Stops what runs: SIGTERM, and SIGKILL when the grace is over. */
  async stop(graceMs = this.#graceMs): Promise<void> {
    this.#stopHost = (host) => host.stop(graceMs, this.#graceOver);
    const running = this.hosts.filter((host) => host.exited !== undefined && host !== this.#failed);
    await Promise.all(running.map(this.#stopHost));
  }

  /** Ends the grace of what is being stopped: SIGKILL, now. */
  endGrace(): void {
    this.#impatience.abort();
  }

  /** When a byte has gone through a channel last, or a line was written, by `performance.now()`. */
  get movedAt(): number {
    return Math.max(...this.hosts.map((host) => host.movedAt));
  }

  /** What the programs have done so far; `undefined` if nobody can tell, or none of them runs. */
  async look(): Promise<Activity | undefined> {
    const looks = await Promise.all(this.hosts.map((host) => host.look()));
    if (this.hosts.length > 1 && !this.#byLocalhost.some(({ isListenedTo }) => isListenedTo))
      await this.#lookAtConnections();
    const known = looks.filter((each) => each !== undefined);
    if (known.length === 0) return undefined;
    const cpuMs = known.reduce((sum, each) => sum + each.cpuMs, 0);
    return { cpuMs, isBusy: known.some(({ isBusy }) => isBusy) };
  }

  /** The hosts that were seen to talk to each other by way of 127.0.0.1. */
  get byLocalhost(): readonly HostsByLocalhost[] {
    return this.#byLocalhost;
  }

  /** What the processes of all hosts wait for, and what their channels do. */
  async situations(): Promise<readonly HostSituation[]> {
    return await Promise.all(this.hosts.map((host) => host.situation()));
  }

  /** What each channel is doing, in words; with its host, if there are several. */
  describeChannels(): readonly string[] {
    const prefix = (name: string) => (this.hosts.length === 1 ? '' : `${name}: `);
    return this.hosts.flatMap((host) => host.describeChannels().map((text) => prefix(host.name) + text));
  }

  /** Ends all that is left: the programs, then the channels. */
  async close(): Promise<void> {
    await this.#each((host) => host.close());
  }

  async #lookAtConnections(): Promise<void> {
    const sockets = new Map<string, HostSockets>();
    for (const host of this.hosts) sockets.set(host.name, await host.sockets());
    const found = hostsByLocalhost(sockets);
    if (found.length > 0) this.#byLocalhost = found;
  }

  #onExit(host: HostRun, exit: ProgramExit): void {
    if (this.#failed !== undefined || host.wasStopped || !hasFailed(exit)) return;
    this.#failed = host;
    this.#stopping = this.stop(Math.min(this.#graceMs, GRACE_AFTER_FAILURE_MS));
    this.#stopping.catch(() => undefined); // ended() tells
  }

  /** Waits for all, whatever becomes of one, and throws what was thrown first. */
  async #each(step: (host: HostRun) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (host: HostRun) => step(host).catch((error: unknown) => void failures.push(error));
    await Promise.all(this.hosts.map(attempt));
    if (failures.length > 0) throw failures[0];
  }
}
