import { readFileSync } from 'node:fs';

import { childrenOf, processesFrom, threadsOf } from '../processes.js';
import type { ProcessInfo } from '../runner.js';

/** How often to look, in milliseconds. A look takes a tenth of one. */
const EVERY_MS = 100;

/** In what /proc says of the signals that a process ignores. */
const SIGINT_BIT = 1n << 1n;

/**
 * Looks what runs beside a program. When the first process of a PID namespace ends, the kernel kills the others before
 * anybody hears of it: only an earlier look tells what they were, and nothing tells which of them would have gone on.
 * So what the program waits for does not count.
 */
export class LeftBehind {
  #seen: readonly ProcessInfo[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => (this.#seen = background(pid)), EVERY_MS);
    this.#timer.unref();
  }

  /** What the last look has seen. */
  end(): readonly ProcessInfo[] {
    clearInterval(this.#timer);
    return this.#seen;
  }
}

function background(pid: number): ProcessInfo[] {
  const children = childrenOf(pid);
  const isWaiting = children.length > 0 && waitsForChildren(pid);
  return children.filter((child) => !isWaiting || ignoresInterrupts(child)).flatMap(processesFrom);
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
