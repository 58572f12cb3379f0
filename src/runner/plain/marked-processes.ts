import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

import { waitAtExit } from '../../at-exit.js';
import { EXIT_PATIENCE_MS, allPids, statusOf, threadsOf } from '../processes.js';

/** The variable by which a program's processes are known, wherever they have gone. */
export const MARK = 'SAGEMAKER_PIPE_MODE_PROGRAM';

/** How long to go on when nothing new is found, but it is not certain that nothing is left, in milliseconds. */
const PATIENCE_MS = 5000;

/** How long to pause then between looks at the most, in milliseconds. */
const LONGEST_PAUSE_MS = 10;

/** How many looks in a row have to find nothing. One may miss a child that has got a lower number than its parent had. */
const SURE_LOOKS = 2;

/**
 * The processes that have a mark in their environment. A look takes time, and they go on meanwhile: what has ended before
 * its environment was read may have started another one, and while a process becomes another program it has no environment.
 * So what cannot be told makes a look uncertain, and it takes another one.
 */
export class MarkedProcesses {
  readonly #entry: string;
  /** Those without the mark that the last look has seen: one gets it only by starting with it. */
  #others: ReadonlySet<number> = new Set();
  #isCertain = false;

  constructor(mark: string) {
    this.#entry = `${MARK}=${mark}\0`;
  }

  /** Whether the last look can have missed none that was there before it and has not ended. */
  get isCertain(): boolean {
    return this.#isCertain;
  }

  /**
   * Those that have not ended. On systems without /proc, none.
   *
   * @param onFound - called with each at once, while it may still be there: the newest first
   */
  look(onFound?: (pid: number) => void): number[] {
    const found: number[] = [];
    const others = new Set<number>();
    const pids = allPids();
    this.#isCertain = pids.length > 0 || !existsSync('/proc/self');
    for (const pid of pids.sort((one, other) => other - one)) {
      const kind = this.#others.has(pid) ? 'other' : this.#kindOf(pid);
      if (kind === 'marked') {
        onFound?.(pid);
        found.push(pid);
      }
      if (kind === 'other' || kind === 'ended') others.add(pid);
      if (kind === 'ended' || kind === 'unknown') this.#isCertain = false;
    }
    this.#others = others;
    return found.reverse();
  }

  /** Resolves when all have been killed, with those that they start meanwhile. What cannot end is not waited for for ever. */
  async kill(): Promise<void> {
    const killing = new Killing(this);
    let pauseMs = 0;
    for (let state = killing.look(); state !== 'done'; state = killing.look()) {
      pauseMs = state === 'new' ? 0 : Math.min(2 * pauseMs + 1, LONGEST_PAUSE_MS);
      await (pauseMs > 1 ? delay(pauseMs) : nextTurn());
    }
  }

  /** The same while this process exits, until something else is so too. */
  killNow(until: () => boolean): void {
    const killing = new Killing(this);
    waitAtExit(() => killing.look() === 'done' && until(), EXIT_PATIENCE_MS);
  }

  #kindOf(pid: number): Kind {
    const environment = environmentOf(`/proc/${pid}`);
    if (environment) return this.#kindBy(environment);
    const status = statusOf(pid);
    if (status === undefined) return 'unknown';
    if (status.isKernelThread) return 'other';
    if (status.isEnding) return status.threads > 1 ? this.#kindByThreads(pid) : 'ended';
    if (environment === undefined) return 'other'; // another user's, or nobody's to read
    return status.environmentBytes === 0 ? 'other' : 'unknown';
  }

  #kindBy(environment: string): Kind {
    return environment.includes(this.#entry) ? 'marked' : 'other';
  }

  /** The first thread may end before the others, which have the environment. */
  #kindByThreads(pid: number): Kind {
    const environments = threadsOf(pid).map((thread) => environmentOf(`/proc/${pid}/task/${thread}`));
    const environment = environments.find((each) => each);
    return environment ? this.#kindBy(environment) : 'ended';
  }
}

/** `ended`: it may have had the mark, and can do no more. `unknown`: it is gone, or becomes another program. */
type Kind = 'marked' | 'other' | 'ended' | 'unknown';

/** Kills whatever each look finds. */
class Killing {
  readonly #processes: MarkedProcesses;
  readonly #killed = new Set<number>();
  #sureLooks = 0;
  #deadline = performance.now() + PATIENCE_MS;

  constructor(processes: MarkedProcesses) {
    this.#processes = processes;
  }

  /** `new`: it has found what was not killed before. `uncertain`: another look has to tell. */
  look(): 'new' | 'uncertain' | 'done' {
    const before = this.#killed.size;
    const found = this.#processes.look((pid) => {
      killOne(pid);
      this.#killed.add(pid);
    });
    const isNew = this.#killed.size > before;
    if (isNew) this.#deadline = performance.now() + PATIENCE_MS;
    this.#sureLooks = found.length === 0 && this.#processes.isCertain ? this.#sureLooks + 1 : 0;
    if (this.#sureLooks >= SURE_LOOKS || performance.now() > this.#deadline) return 'done';
    return isNew ? 'new' : 'uncertain';
  }
}

/**
 * Empty for who has none, what becomes another program, threads of the kernel, and what has ended; `undefined` if it cannot be
 * read, which is so for what ends too.
 */
function environmentOf(directory: string): string | undefined {
  try {
    return readFileSync(`${directory}/environ`, 'latin1');
  } catch {
    return undefined;
  }
}

export function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // has ended
  }
}
