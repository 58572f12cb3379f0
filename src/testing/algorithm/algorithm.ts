import { inspect } from 'node:util';

import { onAbort } from '../../abort/on-abort.js';
import { settleWithin } from '../../abort/settle-within.js';
import type { Channel } from '../../channel/channel.js';
import { asyncDispose } from '../../disposal.js';
import { printableLine } from '../../printable.js';
import type { ProgramExit, RunningProgram, StopOptions } from '../../runner/runner.js';
import { afterMs } from '../../abort/after-ms.js';
import { describeChannel } from '../../training/channels/describe-channel.js';
import type { Ending } from '../../training/ending.js';
import { describeWaits } from '../../training/hang/describe-waits.js';
import type { ChannelSituation } from '../../training/hang/situation.js';
import { LastLines } from '../../logs/last-lines.js';
import { algorithmFailure, type EndedAlgorithm } from './failure.js';
import type { ResolvedAlgorithmOptions } from './options.js';
import { OutputEnd } from './output-end.js';
import { readersLeft } from './readers-left.js';
import type { AlgorithmResult } from './result.js';

/** How much of its command names an algorithm. */
const LONGEST_NAME = 80;

/**
 * An algorithm that runs, or has run. Made by {@link startAlgorithm}. Disposing of it kills it with all that it has started.
 */
export class Algorithm implements AsyncDisposable {
  /** The number of its own process. */
  readonly pid: number;
  readonly #name: string;
  readonly #program: RunningProgram;
  readonly #options: ResolvedAlgorithmOptions;
  readonly #channels: readonly Channel[];
  readonly #ends = { stdout: new OutputEnd(), stderr: new OutputEnd() };
  readonly #lastLines = new LastLines();
  readonly #pumps: readonly Promise<void>[];
  readonly #run: Promise<EndedAlgorithm>;
  #endsBy: Ending | undefined;
  #isOver = false;
  #ended: Promise<unknown> | undefined;
  #channelsThen: readonly string[] | undefined;
  #waitsThen: readonly string[] = [];

  /** @internal */
  constructor(command: readonly string[], program: RunningProgram, options: ResolvedAlgorithmOptions) {
    this.#name = `"${shortened(printableLine(command.join(' ')))}"`;
    this.#program = program;
    this.#options = options;
    this.#channels = options.channels.flatMap((each) =>
      'channels' in each ? [...each.channels.values()] : [each],
    );
    this.pid = program.pid;
    this.#pumps = [this.#pump('stdout'), this.#pump('stderr')];
    this.#run = this.#untilEnded();
  }

  /** Whether it runs. */
  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** The end of its standard output so far, as in {@link AlgorithmResult.stdout}. */
  get stdout(): string {
    return this.#ends.stdout.text;
  }

  /** The same of its standard error. */
  get stderr(): string {
    return this.#ends.stderr.text;
  }

  /**
   * Resolves when it has ended with exit code 0, or was stopped by `stop()` or disposal, nothing of it is left, and its
   * channels have noticed.
   *
   * @throws {@link AlgorithmError} `ALGORITHM_FAILED`, `ALGORITHM_TIMED_OUT`, `ABORTED`
   */
  async finished(): Promise<AlgorithmResult> {
    const ended = await this.#run;
    const failure = algorithmFailure(ended); // made here: its stack leads to who waits for this
    if (failure !== undefined) throw failure;
    return ended.result;
  }

  /** Sends a signal to the algorithm itself, and to nothing that it has started. Says whether it still ran. */
  signal(name: NodeJS.Signals): boolean {
    return this.#program.signal(name);
  }

  /** Sends a signal to all of its processes, as a terminal does when Ctrl-C is pressed. Without /proc, to the algorithm itself. */
  async signalAll(name: NodeJS.Signals): Promise<void> {
    const processes = await this.#program.processes();
    if (processes.length === 0) this.signal(name);
    for (const { pid } of processes) {
      try {
        process.kill(pid, name);
      } catch {
        // has ended
      }
    }
  }

  /**
   * Stops it as SageMaker does: SIGTERM to the algorithm itself, and SIGKILL for all that is left when `graceMs` are over.
   * Resolves when nothing is left.
   *
   * @param options - `graceMs`, default 120,000; `signal` ends the grace
   */
  async stop(options: StopOptions = {}): Promise<void> {
    await this.#end({ kind: 'stop' }, options);
    await this.#run;
  }

  /** What each of its processes waits for, or does: a line each. On Linux; elsewhere none. */
  async describeWaits(): Promise<readonly string[]> {
    if (this.#isOver) return [];
    const processes = await this.#program.waits();
    const channels = this.#channels.map(situationOf);
    return describeWaits([{ host: '', hosts: [], data: this.#options.dest, channels, processes }]);
  }

  /** Kills it. */
  async [asyncDispose](): Promise<void> {
    await this.#end({ kind: 'disposal' }, { graceMs: 0 });
    await this.#run;
  }

  /** Its command. */
  toString(): string {
    return this.#name;
  }

  /** @internal */
  [inspect.custom](): string {
    return `Algorithm { pid: ${this.pid}, command: ${this.#name}, isRunning: ${this.isRunning} }`;
  }

  async #untilEnded(): Promise<EndedAlgorithm> {
    const unwatch = this.#watch();
    const exit = await this.#program.exited;
    this.#isOver = true;
    unwatch();
    await this.#ended;
    // Where there is no namespace, a process that has got away may have the output open for ever.
    await settleWithin(this.#pumps).catch(() => undefined);
    await this.#program[asyncDispose]();
    await readersLeft(this.#channels);
    return {
      name: this.#name,
      ending: this.#endsBy,
      result: this.#resultOf(exit),
      lastLines: this.#lastLines.list,
      channels: this.#channelsThen ?? this.#describeChannels(),
      waits: this.#waitsThen,
      timeoutMs: this.#options.timeoutMs,
    };
  }

  /** What may end it. */
  #watch(): () => void {
    const { channels, timeoutMs, signal } = this.#options;
    const end = (ending: Ending) => void this.#end(ending, { graceMs: 0 });
    const callOff = timeoutMs === Infinity ? undefined : afterMs(timeoutMs, () => end({ kind: 'timeout' }));
    const unwatch = signal && onAbort(signal, () => end({ kind: 'abort', reason: signal.reason }));
    if (signal?.aborted) end({ kind: 'abort', reason: signal.reason });
    for (const channel of channels)
      channel.finished().catch((error: unknown) => end({ kind: 'failure', error: error as Error }));
    return () => {
      callOff?.();
      unwatch?.();
    };
  }

  /** What comes first decides how it ends; who does not want to wait for that may hurry it. */
  async #end(ending: Ending, options: StopOptions): Promise<void> {
    if (this.#isOver) return;
    if (this.#endsBy !== undefined) {
      if (options.graceMs === 0) await this.#program.stop(options);
      return;
    }
    this.#endsBy = ending;
    this.#channelsThen = this.#describeChannels();
    this.#ended = this.#stopProgram(ending, options);
    await this.#ended;
  }

  async #stopProgram({ kind }: Ending, options: StopOptions): Promise<void> {
    const look = async () => void (this.#waitsThen = await this.describeWaits());
    if (kind === 'timeout' || kind === 'abort') await settleWithin([look()]).catch(() => undefined);
    await this.#program.stop(options);
  }

  async #pump(stream: 'stdout' | 'stderr'): Promise<void> {
    for await (const lines of this.#program[stream]) {
      this.#ends[stream].push(lines);
      this.#lastLines.push(lines);
      for (const { text } of lines) this.#tell(text, stream);
    }
  }

  /** A listener that throws is none of the algorithm's business: the process hears of it. */
  #tell(text: string, stream: 'stdout' | 'stderr'): void {
    try {
      this.#options.onLine(text, stream);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #describeChannels(): readonly string[] {
    return this.#channels.map((channel) => describeChannel(channel.name, channel.stats()));
  }

  #resultOf({ code, signal, leftBehind }: ProgramExit): AlgorithmResult {
    return { exitCode: code, signal, stdout: this.stdout, stderr: this.stderr, leftBehind };
  }
}

function shortened(command: string): string {
  return command.length > LONGEST_NAME ? `${command.slice(0, LONGEST_NAME)}…` : command;
}

/** How many epochs a channel has shows when it has sent them all. */
function situationOf(channel: Channel): ChannelSituation {
  const stats = channel.stats();
  const epochs = stats.state === 'finished' ? stats.epoch + 1 : Infinity;
  return { name: channel.name, inputMode: 'Pipe', epochs, stats, readings: [] };
}
