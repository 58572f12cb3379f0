import { readFileSync } from 'node:fs';

/** Whether this process is a background job of its terminal. Where that cannot be known (macOS), it is not. */
export function isInBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, , processGroup, , , foregroundGroup] = fields;
    return Number(foregroundGroup) > 0 && foregroundGroup !== processGroup;
  } catch {
    return false;
  }
}
