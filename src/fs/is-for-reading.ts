import { constants, readFileSync } from 'node:fs';

/** Linux: a descriptor that only stands for a file. */
const O_PATH = 0o10000000;

/** Whether a process can read from a descriptor. `false` if that is not to be seen. */
export function isForReading(pid: number | string, fd: number | string): boolean {
  try {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    const flags = parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '', 8);
    return (flags & O_PATH) === 0 && (flags & 0o3) !== constants.O_WRONLY;
  } catch {
    return false;
  }
}
