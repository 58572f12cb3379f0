import { readFileSync } from 'node:fs';

import { allPids, hasEnded, statusOf } from '../processes.js';

/** The variable by which a program's processes are known, wherever they have gone. */
export const MARK = 'SAGEMAKER_PIPE_MODE_PROGRAM';

/** The processes that have the mark in their environment and have not ended. On systems without /proc, none. */
export function markedPids(mark: string): number[] {
  const entry = `${MARK}=${mark}\0`;
  return allPids().filter((pid) => environmentOf(pid).includes(entry) && !hasEnded(statusOf(pid)));
}

/** Empty for kernel threads, zombies, and what is not this user's. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
