import { readFileSync } from 'node:fs';

import { childrenOf, processesFrom, statusOf, threadsOf } from './processes.js';
import type { ProcessInfo } from './runner.js';

/** How often to look, in milliseconds. A look takes a tenth of one. */
const EVERY_MS = 100;

/** In what /proc says of the signals that a process ignores. */
const SIGINT_BIT = 1n << 1n;

/**
 * Looks what runs beside a program. When the first process of a PID namespace ends, the kernel kills the others before
 * anybody hears of it: only an earlier look tells what they were, and nothing tells which of them would have gone on. Most
 * programs end as soon as what they wait for has, and they wait in many ways: for the process, for its output, for a
 * thread that does, in an event loop. So what has been there for two looks counts if the program has slept all the time, or
 * if a shell has it in the background and does something else. What a program leaves behind otherwise is not seen.
 */
export class LeftBehind {
  readonly #pid: number;
  #seen: readonly ProcessInfo[] = [];
  #children: ReadonlySet<number> = new Set();
  #sleep: string | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  /** What the last look has seen. */
  end(): readonly ProcessInfo[] {
    clearInterval(this.#timer);
    return this.#seen;
  }

  #look(): void {
    const [children, sleep] = [childrenOf(this.#pid), sleepOf(this.#pid)];
    const sleepsOn = sleep !== undefined && sleep === this.#sleep;
    const beside = sleepsOn ? children : inBackground(this.#pid, children);
    const seen = beside.filter((child) => this.#children.has(child)).flatMap(processesFrom);
    if (isEnding(this.#pid)) return; // the others may be gone already
    this.#seen = seen;
    this.#children = new Set(children);
    this.#sleep = sleep;
  }
}

/** Its memory goes before the others are killed. */
function isEnding(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`) === '';
}

/** What tells one sleep of a program's first thread from the next; `undefined` while it does not sleep. */
function sleepOf(pid: number): string | undefined {
  if (!read(`/proc/${pid}/wchan`).includes('sleep')) return undefined;
  return /^voluntary_ctxt_switches:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
}

/** What a shell has in the background, unless it waits for nothing else. */
function inBackground(pid: number, children: readonly number[]): readonly number[] {
  const background = children.filter(ignoresInterrupts);
  if (background.length < children.length && waitsForChildren(pid)) return background;
  return statusOf(pid)?.state === 'R' ? background : [];
}

function waitsForChildren(pid: number): boolean {
  return threadsOf(pid).some((thread) => read(`/proc/${pid}/task/${thread}/wchan`) === 'do_wait');
}

/** Shells have what they do not wait for ignore the terminal's ^C. */
function ignoresInterrupts(pid: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & SIGINT_BIT) !== 0n;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // has ended
  }
}
