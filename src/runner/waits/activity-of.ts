import { cpuMsOf, statusOf, threadsOf } from '../processes.js';
import type { ProcessActivity, ProcessInfo } from '../runner.js';
import { fifosReadBy } from './open-files.js';
import { ProcessMemory } from './process-memory.js';
import { threadWaits } from './thread-wait.js';

/** The kernel's letters for a process that runs or could, and for one that waits for a disk. */
const BUSY: ReadonlySet<string | undefined> = new Set(['R', 'D']);

/** What a process has done so far, and which FIFOs it reads at the moment. */
export function activityOf(info: ProcessInfo): ProcessActivity {
  const { pid } = info;
  const fifos = fifosReadBy(pid);
  return {
    ...info,
    cpuMs: cpuMsOf(pid),
    isBusy: BUSY.has(statusOf(pid)?.state),
    fifos,
    waitsFor: fifos.length > 0 ? fifosWaitedFor(pid) : [],
  };
}

function fifosWaitedFor(pid: number): string[] {
  const memory = new ProcessMemory(pid);
  try {
    const waits = threadsOf(pid).flatMap((thread) => threadWaits(pid, thread, memory));
    return [...new Set(waits.flatMap((wait) => (wait.kind === 'readFifo' ? [wait.path] : [])))];
  } finally {
    memory.close();
  }
}
