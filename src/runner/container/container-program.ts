import type Docker from 'dockerode';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import { connectTo } from '../connect-to.js';
import { LeftBehind } from '../left-behind.js';
import { StreamLines } from '../output/stream-lines.js';
import { hasEnded, processesFrom, statusOf } from '../processes.js';
import type { ProcessInfo, ProgramExit } from '../runner.js';
import { runnerFailed } from '../runner-errors.js';
import type { StartedProgram } from '../started-program.js';
import type { ConnectLimits } from '../until-connected.js';
import type { AttachedOutput } from './attached-output.js';
import { collectOutputs } from './collect.js';
import { type Engine, reasonOf, statusOf as answerOf } from './engine.js';
import { LiveCopy } from './live-copy.js';
import { removeContainer } from './sweep.js';
import { isContainersProcess } from './visible-process.js';
import { stateAtEnd } from './wait-for-end.js';

/** How often to look whether it has ended, in milliseconds. Engines wait for its output before they say so, but not long. */
const LOOK_MS = 250;

/** How long to wait before an engine is asked again to kill it, in milliseconds. */
const KILL_AGAIN_MS = 200;

/** How often, and how long after one another, an engine is asked why a program was killed, in milliseconds. */
const REASON_TRIES = 5;
const REASON_MS = 50;

type State = Docker.ContainerInspectInfo['State'];

/** What engines answer whoever wants to kill a container that is not there, or does not run. */
const NOTHING_TO_KILL: ReadonlySet<number | undefined> = new Set([404, 409]);

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
  #isKilling = false;
  #address: Promise<string> | undefined;
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
    void (name === 'SIGKILL' ? this.#killByAndBy() : this.#send(name));
    return true;
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  async connect(port: number, limits: ConnectLimits): Promise<Socket> {
    this.#address ??= addressOf(this.#started.container).catch((error: unknown) => {
      this.#address = undefined; // to be asked again
      throw error;
    });
    return await connectTo({ host: await this.#address, port }, limits);
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
    const { engine, container, release } = this.#started;
    try {
      await this.#discardCopies();
    } finally {
      await removeContainer(engine, container.id).finally(release);
    }
  }

  /** An engine that is away, or cannot do it now, is asked again: nothing else would end the program. */
  async #killByAndBy(): Promise<void> {
    if (this.#isKilling) return;
    this.#isKilling = true;
    while (!this.#hasEnded && !(await this.#send('SIGKILL'))) await delay(KILL_AGAIN_MS);
    this.#isKilling = false;
  }

  /** Says whether the engine has done it, or there was nothing left to do. */
  async #send(signal: NodeJS.Signals): Promise<boolean> {
    try {
      await this.#started.container.kill({ signal });
      return true;
    } catch (error) {
      return NOTHING_TO_KILL.has(answerOf(error));
    }
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
      const state = await this.#explained(await stateAtEnd(this.#started.container, () => this.#goesOn()));
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

  /** Engines may hear that a program was killed for lack of memory a moment after they have heard of its end. */
  async #explained(state: State): Promise<State> {
    for (let tries = 0; tries < REASON_TRIES && this.#mayLackMemory(state); tries++) {
      await delay(REASON_MS);
      state = await this.#started.container.inspect().then(
        (now) => now.State,
        () => state, // it is known well enough
      );
    }
    return state;
  }

  #mayLackMemory({ ExitCode: code, OOMKilled: isKnown }: State): boolean {
    return code === 128 + constants.signals.SIGKILL && !isKnown && !this.#sent.has('SIGKILL');
  }

  /** Whether it is seen to run, and may: it would take the end of its channels for the end of its data. */
  #goesOn(): boolean {
    const { pid, container } = this.#started;
    if (this.#sent.has('SIGKILL')) return false;
    return isContainersProcess(pid, container.id) && !hasEnded(statusOf(pid));
  }

  /** The engine has one number for a code and for a signal: what we have sent, and what the kernel has, is a signal. */
  #exitOf({ ExitCode: code, OOMKilled: outOfMemory }: State) {
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

/** On whatever network it is: this machine has a way to each of them, for the engine is on it. */
async function addressOf(container: Docker.Container): Promise<string> {
  const { NetworkSettings: settings } = await container.inspect();
  const addresses = Object.values(settings.Networks).map(({ IPAddress }) => IPAddress);
  return addresses.find((address) => address !== '') ?? '127.0.0.1'; // `--network host`
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
