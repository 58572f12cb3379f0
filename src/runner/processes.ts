import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { commandOf } from '../fs/process-command.js';
import type { ProcessInfo } from './runner.js';

/** How often to look whether a process that is not our child is gone, in milliseconds. */
const LOOK_MS = 2;

/** How long an exit of this process waits for what it has killed, in milliseconds. */
export const EXIT_PATIENCE_MS = 1000;

/** What /proc/P/stat says of a process. */
export interface ProcessStatus {
  readonly parent: number;
  /** One letter, such as `Z` for what has ended and nobody has waited for. */
  readonly state: string;
  /** When it began, in the kernel's ticks: with its number, what tells it from all others. */
  readonly startTime: string;
  readonly isKernelThread: boolean;
  /** Whether it has ended, or its first thread is about to. */
  readonly isEnding: boolean;
  readonly threads: number;
  /** How long its environment is; `undefined` while it becomes another program, and for who may not know. */
  readonly environmentBytes: number | undefined;
}

/** In the kernel's flags of a process: PF_KTHREAD and PF_EXITING of its `sched.h`. */
const KERNEL_THREAD = 0x0020_0000;
const EXITING = 0x4;

/** Linux counts CPU time for programs in hundredths of a second, whatever its own clock does. */
const TICK_MS = 10;

/** `undefined` if there is no such process any more. */
export function statusOf(pid: number): ProcessStatus | undefined {
  const fields = statFields(pid);
  if (fields.length < 49) return undefined;
  const flags = Number(fields[6]);
  const [environmentStart, environmentEnd] = fields.slice(47, 49).map(Number);
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    startTime: fields[19]!,
    isKernelThread: (flags & KERNEL_THREAD) !== 0,
    isEnding: (flags & EXITING) !== 0, // stays set in a zombie
    threads: Number(fields[17]),
    environmentBytes: environmentEnd ? environmentEnd - environmentStart! : undefined,
  };
}

/** How much CPU time a process has used, with those of its children that have ended, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const ticks = statFields(pid).slice(11, 15).map(Number); // utime, stime, cutime, cstime
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_MS;
}

/** What /proc/P/stat has behind the name, which stands in parentheses and may have anything in it. */
function statFields(pid: number): string[] {
  return read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
}

/** A process and all below it that have not ended, itself first. In a PID namespace of its own, whatever is orphaned is below it. */
export function processesFrom(root: number): ProcessInfo[] {
  return pidsFrom(root)
    .filter((pid) => !hasEnded(statusOf(pid)))
    .map(describeProcess);
}

export function describeProcess(pid: number): ProcessInfo {
  return { pid, command: commandOf(pid) };
}

export function hasEnded(status: ProcessStatus | undefined): boolean {
  return status === undefined || status.state === 'Z' || status.state === 'X';
}

/** Resolves when a process has ended, whether or not its parent has taken notice. */
export async function untilGone(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const first = statusOf(pid);
  for (
    let status = first;
    !hasEnded(status) && status?.startTime === first?.startTime;
    status = statusOf(pid)
  )
    await delay(LOOK_MS);
}

function pidsFrom(root: number): number[] {
  return [root, ...childrenOf(root).flatMap(pidsFrom)];
}

/** Each thread has children of its own. */
export function childrenOf(pid: number): number[] {
  const lists = threadsOf(pid).map((thread) => read(`/proc/${pid}/task/${thread}/children`));
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}

/** The numbers of a process's threads. */
export function threadsOf(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).map(Number);
}

/** The numbers of all processes that can be seen. */
export function allPids(): number[] {
  return namesIn('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // has ended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // has ended
  }
}
