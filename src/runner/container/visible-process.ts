import { readFileSync } from 'node:fs';

/**
 * Whether a process, as an engine numbers it, is the one of that number here, and a container's. The engine may be on
 * another machine, or we in another container.
 */
export function isContainersProcess(pid: number, container: string): boolean {
  if (pid === 0) return false;
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1').includes(container);
  } catch {
    return false;
  }
}
