import { statSync } from 'node:fs';

/** Whether there is a directory, or a link to one, as far as that can be seen. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
