import { readFileSync } from 'node:fs';

import { childrenOf, cpuMsOf, processesFrom, statusOf, threadsOf } from './processes.js';
import type { ProcessInfo } from './runner.js';

/** How often to look, in milliseconds. A look takes a tenth of one. */
const EVERY_MS = 100;

/** How much CPU time a program that has woken up may use to end, in milliseconds. On a busy machine that takes many looks. */
const ENDING_CPU_MS = 100;

/** SIGINT and SIGQUIT, in what /proc says of the signals that a process ignores. */
const INTERRUPTS = (1n << 1n) | (1n << 2n);

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
  #sleep: Sleep | undefined;
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
    const [children, sleep] = [childrenOf(this.#pid), sleepOf(this.#pid, this.#sleep)];
    const sleepsOn = sleep !== undefined && sleep.number === this.#sleep?.number;
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

/** A sleep of a program's first thread. */
interface Sleep {
  /** What tells it from the next one: how often the thread has waited for anything. */
  readonly number: string;
  /** How much CPU time the program had used when it was seen to sleep last. */
  readonly cpuMs: number;
}

/**
 * `undefined` while it does not sleep. What has woken up, and has neither waited nor done much since, may just be ending: that
 * is still the last sleep.
 */
function sleepOf(pid: number, last: Sleep | undefined): Sleep | undefined {
  const isAsleep = read(`/proc/${pid}/wchan`).includes('sleep');
  const number = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  if (number === undefined) return undefined;
  const cpuMs = cpuMsOf(pid);
  if (isAsleep) return { number, cpuMs };
  return last?.number === number && cpuMs - last.cpuMs < ENDING_CPU_MS ? last : undefined;
}

/** What a shell has in the background, unless it waits for nothing else. */
function inBackground(pid: number, children: readonly number[]): readonly number[] {
  const background = children.filter(ignoresInterrupts);
  if (background.length < children.length && waitsForChildren(pid)) return background;
  if (['R', 'D'].includes(statusOf(pid)?.state ?? '')) return background; // D: until a vfork has become a program
  return isSame(childrenOf(pid), children) ? [] : background; // it has begun or ended one while we looked
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((pid) => other.includes(pid));
}

function waitsForChildren(pid: number): boolean {
  return threadsOf(pid).some((thread) => read(`/proc/${pid}/task/${thread}/wchan`) === 'do_wait');
}

/** Shells have what they do not wait for ignore both. Workers of a program that computes may ignore ^C, and are not left for that. */
function ignoresInterrupts(pid: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & INTERRUPTS) === INTERRUPTS;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // has ended
  }
}
