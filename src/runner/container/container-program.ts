import type Docker from 'dockerode';
import { constants } from 'node:os';

import { LeftBehind } from '../left-behind.js';
import { StreamLines } from '../output/stream-lines.js';
import { hasEnded, processesFrom, statusOf } from '../processes.js';
import type { ProcessInfo, ProgramExit } from '../runner.js';
import { runnerFailed } from '../runner-errors.js';
import type { StartedProgram } from '../started-program.js';
import type { AttachedOutput } from './attached-output.js';
import { collectOutputs } from './collect.js';
import { type Engine, reasonOf, statusOf as answerOf } from './engine.js';
import { LiveCopy } from './live-copy.js';
import { removeContainer } from './sweep.js';
import { isContainersProcess } from './visible-process.js';
import { waitForEnd } from './wait-for-end.js';

/** How often to look whether it has ended, in milliseconds. Engines wait for its output before they say so, but not long. */
const LOOK_MS = 250;

/** What a container is when it has been started. */
export interface StartedContainer {
  readonly engine: Engine;
  readonly container: Docker.Container;
  /** The first process, as the engine's machine numbers it; 0 if it has ended already. */
  readonly pid: number;
  readonly stdout: AttachedOutput;
  readonly stderr: AttachedOutput;
  /** The job's directory. */
  readonly directory: string;
  /** Gives back what it shares with others. */
  readonly release: () => Promise<void>;
}

/** What `ps` says, as engines pass it on. */
interface ProcessTable {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

/** A program in a container. */
export class ContainerProgram implements StartedProgram {
  readonly pid: number;
  readonly stdout: StreamLines;
  readonly stderr: StreamLines;
  readonly isVisible: boolean;
  readonly ended: Promise<ProgramExit>;
  readonly #started: StartedContainer;
  readonly #sent = new Set<NodeJS.Signals>();
  #hasEnded = false;
  readonly #copies = new Map<string, LiveCopy>();
  /** Given up when something is to be done to the container: engines do nothing to one of which they are sending something. */
  #giveUpCopy = new AbortController();
  #copying: Promise<unknown> = Promise.resolve();
  /** Why nobody knows how it has ended, if that is so. */
  #lost: unknown;

  constructor(started: StartedContainer) {
    this.#started = started;
    this.pid = started.pid;
    this.stdout = new StreamLines(started.stdout);
    this.stderr = new StreamLines(started.stderr);
    this.isVisible = isContainersProcess(started.pid, started.container.id);
    if (this.pid === 0) this.#drain();
    this.ended = this.#untilEnded();
  }

  signal(name: NodeJS.Signals): boolean {
    if (this.#hasEnded) return false;
    this.#giveUpCopy.abort();
    this.#sent.add(name);
    this.#started.container.kill({ signal: name }).catch(() => undefined); // it has ended, and `ended` tells
    return true;
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  async processes(): Promise<readonly ProcessInfo[]> {
    if (this.#hasEnded) return [];
    if (this.isVisible) return processesFrom(this.pid);
    return await listProcesses(this.#started.container);
  }

  async refresh(inside: string, outside: string): Promise<boolean> {
    if (this.#hasEnded) return false;
    this.#giveUpCopy = new AbortController();
    const { engine, container } = this.#started;
    const copy = this.#copies.get(inside) ?? new LiveCopy(engine, container, { inside, outside });
    this.#copies.set(inside, copy);
    const copying = copy.refresh(this.#giveUpCopy.signal);
    this.#copying = copying.catch(() => undefined);
    return await copying;
  }

  async collect(signal?: AbortSignal): Promise<void> {
    const { engine, container, directory } = this.#started;
    await this.ended;
    await this.#discardCopies();
    if (this.#lost !== undefined)
      throw runnerFailed(
        `The engine at ${engine.address.url} does not answer any more: how the container has ended, and what it has left, is not known.`,
        reasonOf(this.#lost),
        this.#lost,
      );
    await collectOutputs(engine, container, directory, signal);
  }

  async remove(): Promise<void> {
    await this.#discardCopies();
    const { engine, container, release } = this.#started;
    await removeContainer(engine, container.id);
    await release();
  }

  async #discardCopies(): Promise<void> {
    this.#giveUpCopy.abort();
    await this.#copying;
    for (const copy of this.#copies.values()) await copy.discard();
  }

  async #untilEnded(): Promise<ProgramExit> {
    const leftBehind = this.isVisible ? new LeftBehind(this.pid) : undefined;
    const timer = setInterval(() => this.#drainIfEnded(), LOOK_MS);
    timer.unref();
    try {
      const state = await this.#state();
      return { ...this.#exitOf(state), leftBehind: leftBehind?.end() ?? [] };
    } catch (error) {
      this.#lost = error;
      return { code: null, signal: null, leftBehind: [] };
    } finally {
      this.#hasEnded = true;
      clearInterval(timer);
      leftBehind?.end();
    }
  }

  /** A connection that waits may be cut while the engine goes on. */
  async #state(): Promise<Docker.ContainerInspectInfo['State']> {
    const { container } = this.#started;
    for (;;) {
      await waitForEnd(container).catch((error: unknown) => {
        if (answerOf(error) !== undefined) throw error;
      });
      const { State: state } = await container.inspect();
      if (!state.Running) return state;
    }
  }

  /** The engine has one number for a code and for a signal: what we have sent, and what the kernel has, is a signal. */
  #exitOf({ ExitCode: code, OOMKilled: outOfMemory }: Docker.ContainerInspectInfo['State']) {
    const { signals } = constants;
    const isSignal = (name: NodeJS.Signals) => code === 128 + signals[name];
    const sent = [...this.#sent].find(isSignal);
    const signal = sent ?? (outOfMemory && isSignal('SIGKILL') ? 'SIGKILL' : null);
    return { code: signal === null ? code : null, signal, ...(outOfMemory ? { outOfMemory } : undefined) };
  }

  #drainIfEnded(): void {
    if (this.isVisible && hasEnded(statusOf(this.pid))) this.#drain();
  }

  #drain(): void {
    this.#started.stdout.drain();
    this.#started.stderr.drain();
  }
}

/** As far as the engine has a `ps`. Nothing of what has ended just now. */
async function listProcesses(container: Docker.Container): Promise<readonly ProcessInfo[]> {
  try {
    const answer = (await container.top({ ps_args: '-eo pid,comm' })) as ProcessTable;
    const [pid, command] = ['PID', 'COMMAND'].map((title) => answer.Titles.indexOf(title));
    return answer.Processes.map((row) => ({ pid: Number(row[pid!]), command: row[command!] ?? '' }));
  } catch {
    return [];
  }
}
