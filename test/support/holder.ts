import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'vitest';

/** The process that holds FIFOs open for a program that has ended in mid-epoch, as the program's last words name it. */
export function holderNamedIn(stderr: string): number {
  const [, pid] = /ends in the middle of .* Process (\d+) holds the FIFO open/.exec(stderr) ?? [];
  expect(pid, stderr).toBeDefined();
  return Number(pid);
}

/** Resolves when a process that is not our child is gone. */
export async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await delay(5);
}
