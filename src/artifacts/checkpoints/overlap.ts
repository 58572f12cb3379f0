import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { expected } from '../../options/expected.js';

/**
 * Makes sure that checkpoints are not copied to where they are taken from: every copy would be a new file to copy.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`
 */
export function refuseOverlap(destination: string, directories: readonly string[]): void {
  const to = realPath(destination);
  for (const directory of directories) {
    const from = realPath(directory);
    if (!isWithin(to, from) && !isWithin(from, to)) continue;
    const rule = "a directory apart from the job's own checkpoints";
    const advice = `It and "${directory}" are the same, or one is in the other: choose a directory elsewhere.`;
    throw expected('destination', rule, destination, { advice });
  }
}

/** Of what is not there yet, as it will be. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
