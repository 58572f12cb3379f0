import { setImmediate as nextTurn } from 'node:timers/promises';

import { onAbort } from '../abort/on-abort.js';
import { settleWithin } from '../abort/settle-within.js';
import { asyncDispose } from '../disposal.js';
import { followReading } from '../channel/channel.js';
import { type ChannelGroup, createChannels } from '../channel/group.js';
import type { ChannelOptions } from '../channel/options.js';
import type { EpochReadings } from '../delivery/epoch-readings.js';
import type { ResolvedTrainingRequest } from '../sagemaker/training-request.js';
import { OPT_ML } from '../runner/inside-paths.js';
import type {
  PreparedProgram,
  PrepareOptions,
  ProgramExit,
  ProgramOptions,
  RunningProgram,
} from '../runner/runner.js';
import { WatchedStop } from '../findings/watched-stop.js';
import { requestFor, shardOf } from './channels/host-channels.js';
import type { JobChannel } from './channels/job-channel.js';
import { channelOptionsByName } from './channels/job-channels.js';
import { describeChannel } from './channels/describe-channel.js';
import { FifoReaders } from './channels/fifo-readers.js';
import { readFailureFile } from './failure-file.js';
import type { Evidence } from './findings/finding.js';
import type { ChannelSituation, HostSituation } from './hang/situation.js';
import type { Activity } from './hang/stall-watch.js';
import type { JobDirectory } from './job-directory.js';
import type { JobPlan } from './job-plan.js';
import type { HostSockets } from './hosts-by-localhost.js';
import type { HostLog } from '../logs/host-log.js';
import type { LogStreamName } from '../logs/log-event.js';
import { environmentOf } from './opt-ml/environment.js';
import { asOnlyLocalhost, type Host } from './opt-ml/hosts.js';
import { OptMl } from './opt-ml/layout.js';
import type { EndedHost } from './result.js';

/** What engines call the network interface of a container. */
const CONTAINERS_INTERFACE = 'eth0';

/**
 * How often lines may come after a program has ended where there is no namespace. What it has written and nobody has read is
 * in its pipes, and comes in some ten batches: whatever is more is of a process that has got away, and writes for ever.
 */
const MOST_BATCHES_AFTER_END = 32;

/** A host of a job: its /opt/ml, its channels, its program and what that writes. One step after the other. */
export class HostRun {
  readonly optMl: OptMl;
  readonly log: HostLog;
  readonly #host: Host;
  readonly #plan: JobPlan;
  readonly #directory: JobDirectory;
  /** As it concerns this host. */
  readonly #request: ResolvedTrainingRequest;
  #channelOptions: Readonly<Record<string, ChannelOptions>> = {};
  readonly #channels: ChannelGroup | undefined;
  readonly #opened = new Set<string>();
  readonly #readings = new Map<string, EpochReadings>();
  readonly #readers = new FifoReaders();
  readonly #stop = new WatchedStop();
  /** How its program knows it. */
  readonly #seenName: string;
  #prepared: PreparedProgram | undefined;
  #program: RunningProgram | undefined;
  #startedAtMs = 0;
  #pumps: readonly Promise<void>[] = [];
  #exit: ProgramExit | undefined;
  #wasStopped = false;
  #wroteAt = 0;
  /** How many of its outputs are read. */
  #reading = 0;
  /** How often lines have come. */
  #batches = 0;
  /** From when on they are not read any more. */
  #mostBatches = Infinity;

  /** @throws {@link PipeModeError} what {@link createChannels} throws */
  constructor(plan: JobPlan, host: Host, directory: JobDirectory, log: HostLog) {
    const root = directory.optMlOf(host.name);
    const isPlain = !plan.isContainer && plan.options.isolation === 'none';
    const [seen, hosts] = isPlain ? asOnlyLocalhost(host) : [host, plan.hosts];
    const base = isPlain ? root : OPT_ML;
    this.#seenName = seen.name;
    this.#plan = plan;
    this.#directory = directory;
    this.#host = host;
    this.#request = requestFor(host, plan.request);
    const networkInterface = plan.isContainer ? CONTAINERS_INTERFACE : undefined;
    this.optMl = new OptMl(root, this.#request, { host: seen, hosts, base, networkInterface });
    this.log = log;
    this.#channels = this.#makeChannels();
  }

  get name(): string {
    return this.#host.name;
  }

  /** Its channels, and what they are made of. */
  get channels(): readonly JobChannel[] {
    const channels = [...(this.#channels?.channels.values() ?? [])];
    return channels.map((channel) => ({
      host: this.name,
      channel,
      options: this.#channelOptions[channel.name]!,
    }));
  }

  /** Whether its program was stopped, and did not end by itself. */
  get wasStopped(): boolean {
    return this.#wasStopped;
  }

  /** Makes /opt/ml, without what an earlier attempt has left, and looks whether the program can be run. */
  async prepare(how: PrepareOptions): Promise<void> {
    const { request, options, command, hosts, runner, isContainer } = this.#plan;
    await this.#directory.removeOptMl(this.name);
    this.optMl.make();
    const program: ProgramOptions = {
      directory: this.optMl.directory,
      command,
      env: environmentOf(request, this.#seenName, options.env),
      ...(isContainer ? undefined : { cwd: options.cwd }),
      ...(runner.namesHosts ? { host: { name: this.name, all: hosts.map(({ name }) => name) } } : undefined),
    };
    this.#prepared = await runner.prepare(program, how);
  }

  /** Starts the channels: files are there then, and the first FIFOs. */
  async feed(ending: AbortSignal): Promise<void> {
    ending.throwIfAborted();
    const unwatch = onAbort(ending, () => void this.#channels?.stop().catch(() => undefined));
    try {
      await this.#channels?.start();
      this.fed().catch(() => undefined); // a container takes long to start: whoever asks later is told
    } finally {
      unwatch();
    }
  }

  /** Starts the program. If `ending` is aborted before it runs, it does not. */
  async start(ending: AbortSignal): Promise<void> {
    ending.throwIfAborted();
    const starting = new AbortController();
    const unwatch = onAbort(ending, () => starting.abort(ending.reason));
    try {
      this.#startedAtMs = Date.now() + 1; // rounded up: times of files have fractions of a millisecond
      const program = await this.#prepared!.start({ signal: starting.signal });
      this.#pumps = [this.#pump(program, 'stdout'), this.#pump(program, 'stderr')];
      for (const pump of this.#pumps) pump.catch(() => undefined); // written() tells
      void program.exited.then((exit) => void (this.#exit = exit));
      this.#program = program;
    } finally {
      unwatch();
    }
  }

  /** Resolves when the program has ended, and nothing is left of it. `undefined` if it was not started. */
  get exited(): Promise<ProgramExit> | undefined {
    return this.#program?.exited;
  }

  /** Resolves when all that it has written is in the log. Rejects as soon as something cannot be. */
  async written(): Promise<void> {
    await Promise.race([Promise.all(this.#pumps), this.log.failed]);
  }

  /** The same, when it has ended, and what it has left is in its directory, also if the log cannot be written. */
  async drained(hurry: AbortSignal): Promise<void> {
    try {
      await (this.#plan.options.isolation === 'none' ? this.#silent(hurry) : this.written());
    } finally {
      await this.#program?.collect({ signal: hurry });
    }
  }

  /** Brings its checkpoints here, as the runner does. Says whether it has. */
  async refreshCheckpoints(): Promise<boolean> {
    return (await this.#program?.refresh(this.optMl.checkpointsInside!)) ?? false;
  }

  /** Rejects as soon as a channel has failed; its readers are held then. */
  async fed(): Promise<void> {
    await this.#channels?.finished();
  }

  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    this.#wasStopped ||= this.#exit === undefined;
    await this.#stop.stop(this.#program!, graceMs, hurry);
  }

  /** When a byte has gone through a channel last, or a line was written, by `performance.now()`. */
  get movedAt(): number {
    const now = performance.now();
    const stats = this.#channelList.map(([, channel]) => channel.stats());
    const moves = stats.map(({ waitingFor, waitingMs }) => (waitingFor === 'nobody' ? 0 : now - waitingMs));
    return Math.max(this.#wroteAt, ...moves);
  }

  /** What the program has done so far; `undefined` if nobody can tell, or if it does not run. */
  async look(): Promise<Activity | undefined> {
    const processes = (await this.#program?.activity()) ?? [];
    this.#readers.note(processes);
    if (processes.length === 0) return undefined;
    const cpuMs = processes.reduce((sum, each) => sum + each.cpuMs, 0);
    return { cpuMs, isBusy: processes.some(({ isBusy }) => isBusy) };
  }

  /** What its program is connected with by localhost, and, if it is, what it listens to. */
  async sockets(): Promise<HostSockets> {
    const connections = (await this.#program?.loopbackConnections()) ?? [];
    const listeners = connections.length === 0 ? [] : await this.#program!.listeners();
    return { connections, listeners };
  }

  /** What its processes wait for, and what its channels do. */
  async situation(): Promise<HostSituation> {
    return { ...this.#place, channels: this.#situations(), processes: (await this.#program?.waits()) ?? [] };
  }

  /** What each channel is doing, in words. */
  describeChannels(): readonly string[] {
    return this.#channelList.map(([name, channel]) => describeChannel(name, channel.stats()));
  }

  /**
   * What is to be looked at when the program has ended, before the channels are stopped. `undefined` if it was not started.
   *
   * @param hang - what it was waiting for, if it has hung
   */
  evidence(jobEndedByItself: boolean, hang: HostSituation | undefined): Evidence | undefined {
    if (this.#exit === undefined) return undefined;
    return {
      ...this.#place,
      hyperParameters: this.#plan.request.HyperParameters,
      lastLines: this.log.lastLines,
      stopped: this.#stop.stopped,
      sharedFifos: this.#readers.shared,
      hang,
      optMl: this.optMl,
      exit: this.#exit,
      endedByItself: jobEndedByItself && !this.#wasStopped,
      failure: readFailureFile(this.optMl.paths),
      ignoredSigtermMs: this.#stop.ignoredSigtermMs,
      startedAtMs: this.#startedAtMs,
      channels: this.#situations().map((each) => ({ ...each, wasOpened: this.#opened.has(each.name) })),
    };
  }

  /** How it has ended, and where it has left what. */
  get ended(): EndedHost {
    const { paths, checkpointsInside } = this.optMl;
    return { name: this.name, exit: this.#exit, paths, checkpointsInside, logFile: this.log.path };
  }

  /** Ends all that is left: the program, then the channels, so that no reader sees an end of its data. */
  async close(): Promise<void> {
    try {
      await this.#program?.[asyncDispose]();
    } finally {
      await this.written().catch(() => undefined);
      await this.#channels?.stop();
    }
  }

  /**
   * Resolves when all that it has written is in the log, which may take its time, and nothing has come for a while since.
   * Where there is no namespace, a process that has got away may have the output open for ever.
   */
  async #silent(hurry: AbortSignal): Promise<void> {
    this.#mostBatches = this.#batches + MOST_BATCHES_AFTER_END;
    let before;
    do {
      before = this.#batches;
      await this.log.written();
      await settleWithin(this.#pumps);
      await nextTurn(); // what has come while everything stood still is read first
    } while (this.#reading > 0 && this.#batches > before && !hurry.aborted);
    this.#mostBatches = this.#batches;
    await this.log.written();
  }

  /** Back-pressured: more is read when this is in the log, and everybody has been told. */
  async #pump(program: RunningProgram, stream: LogStreamName): Promise<void> {
    this.#reading++;
    for await (const lines of program[stream]) {
      if (this.#batches === this.#mostBatches) break;
      this.#batches++;
      this.#wroteAt = performance.now();
      await this.log.append(lines, stream);
    }
    this.#reading--;
    await this.log.written();
  }

  #makeChannels(): ChannelGroup | undefined {
    const { options, hosts } = this.#plan;
    this.#channelOptions = channelOptionsByName(this.#request, options.channels, {
      dest: this.optMl.data,
      s3: options.s3,
      requestPayer: options.requestPayer,
      shardOf: (channel) => shardOf(channel, this.#host, hosts),
    });
    if (Object.keys(this.#channelOptions).length === 0) return undefined;
    const group = createChannels({ dest: this.optMl.data, channels: this.#channelOptions });
    group.on('epochStart', (_event, channel) => void this.#opened.add(channel.name));
    for (const [name, channel] of group.channels) {
      const readings = followReading(channel);
      if (readings !== undefined) this.#readings.set(name, readings);
    }
    return group;
  }

  get #channelList() {
    return [...(this.#channels?.channels ?? [])];
  }

  get #place() {
    const hosts = this.#plan.hosts.map(({ name }) => name);
    return { host: this.name, hosts, data: `${this.optMl.paths.base}/input/data` };
  }

  #situations(): ChannelSituation[] {
    const { options } = this.#plan;
    return this.#request.InputDataConfig.flatMap(({ ChannelName, InputMode }) => {
      const name = ChannelName!;
      const channel = this.#channels?.channels.get(name);
      if (channel === undefined) return [];
      return {
        name,
        inputMode: InputMode ?? this.#request.AlgorithmSpecification.TrainingInputMode,
        epochs: options.channels[name]?.epochs ?? Infinity,
        stats: channel.stats(),
        readings: this.#readings.get(name)?.list ?? [],
      };
    });
  }
}
