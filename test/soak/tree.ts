import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Problem } from './problem.js';

/** The files below a directory, by their paths relative to it. */
export function filesBelow(dir: string, isReadOnly: boolean, problems: Problem[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(dir.length + 1);
    if (entry.isFile()) files.set(relative, readFileSync(path));
    else if (!entry.isDirectory()) problems.push({ rule: 'file-mode', detail: `${relative} is no file` });
    if (isReadOnly && (lstatSync(path).mode & 0o222) !== 0)
      problems.push({ rule: 'file-mode', detail: `${relative} can be written to under FastFile` });
  }
  return files;
}
