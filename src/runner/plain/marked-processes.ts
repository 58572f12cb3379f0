import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { waitAtExit } from '../../at-exit.js';
import { EXIT_PATIENCE_MS, type ProcessStatus, allPids, hasEnded, statusOf } from '../processes.js';

/** The variable by which a program's processes are known, wherever they have gone. */
export const MARK = 'SAGEMAKER_PIPE_MODE_PROGRAM';

/** How long to go on when nothing is found, but each time something has ended that could not be looked at, in milliseconds. */
const PATIENCE_MS = 5000;

/** How many looks in a row have to find nothing. One may miss a child that has got a lower number than its parent had. */
const SURE_LOOKS = 2;

/**
 * The processes that have a mark in their environment. A look takes time, and they go on meanwhile: what has ended before
 * its environment was read may have started another one, and while a process becomes another program it has no environment.
 * So what cannot be told makes a look uncertain, and it takes another one.
 */
export class MarkedProcesses {
  readonly #entry: string;
  /** Those without the mark that the last look has seen: nothing can get it later. */
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
   * Those that have not ended, the newest first. On systems without /proc, none.
   *
   * @param onFound - called with each at once, while it may still be there
   */
  look(onFound?: (pid: number) => void): number[] {
    const found: number[] = [];
    const others = new Set<number>();
    this.#isCertain = true;
    for (const pid of allPids().reverse()) {
      const kind = this.#others.has(pid) ? 'other' : this.#kindOf(pid);
      if (kind === 'marked') {
        onFound?.(pid);
        found.push(pid);
      }
      if (kind === 'other' || kind === 'ended') others.add(pid);
      if (kind === 'ended' || kind === 'unknown') this.#isCertain = false;
    }
    this.#others = others;
    return found;
  }

  /** Resolves when all have been killed, with those that they start meanwhile. */
  async kill(): Promise<void> {
    const isDone = this.#killing();
    while (!isDone()) await nextTurn();
  }

  /** The same while this process exits. */
  killNow(): void {
    waitAtExit(this.#killing(), EXIT_PATIENCE_MS);
  }

  /** What kills whatever there is, and tells whether that was the end of it. */
  #killing(): () => boolean {
    let sure = 0;
    let deadline = performance.now() + PATIENCE_MS;
    return () => {
      const found = this.look(killOne);
      if (found.length > 0) deadline = performance.now() + PATIENCE_MS;
      sure = found.length === 0 && this.#isCertain ? sure + 1 : 0;
      return sure === SURE_LOOKS || performance.now() > deadline;
    };
  }

  #kindOf(pid: number): Kind {
    const environment = environmentOf(pid);
    if (environment === undefined) return 'other'; // another user's
    if (environment !== '') return environment.includes(this.#entry) ? 'marked' : 'other';
    return kindWithoutEnvironment(statusOf(pid));
  }
}

/** `ended`: it may have had the mark, and can do no more. `unknown`: it is gone, is just going, or becomes another program. */
type Kind = 'marked' | 'other' | 'ended' | 'unknown';

function kindWithoutEnvironment(status: ProcessStatus | undefined): Kind {
  if (status === undefined) return 'unknown';
  if (status.isKernelThread) return 'other';
  if (hasEnded(status)) return 'ended';
  return status.hasEnvironment ? 'other' : 'unknown';
}

/** Empty for what has ended, what becomes another program, threads of the kernel, and who has none. */
function environmentOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? undefined : '';
  }
}

export function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // has ended
  }
}
