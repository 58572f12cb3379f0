import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { PipeModeError } from '../errors.js';

/** One for the process, however many copies of this package are loaded: as an ES module, as CommonJS, by Jest. */
const inUse = ((globalThis as Record<symbol, unknown>)[Symbol.for('sagemaker-pipe-mode.names-in-use')] ??=
  new Set<string>()) as Set<string>;

/**
 * Makes sure that no two channels of this process write to the same FIFOs.
 *
 * @returns a function that gives the name back.
 * @throws {@link PipeModeError} `CHANNEL_IN_USE`
 */
export function claimName(dest: string, name: string): () => void {
  const claim = join(realDirectory(dest), name);
  if (inUse.has(claim)) {
    throw new PipeModeError(
      'CHANNEL_IN_USE',
      `Another channel of this process already streams "${name}" to "${dest}". ` +
        `Stop it first, or give one of the two another \`name\` or \`dest\`.`,
      { channel: name, path: dest },
    );
  }
  inUse.add(claim);
  let isHeld = true;
  return () => {
    if (isHeld) inUse.delete(claim); // only once: by then it may be somebody else's
    isHeld = false;
  };
}

/** A directory by its real name, so that two ways to the same place are seen to be one. */
function realDirectory(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realDirectory(dirname(path)), basename(path));
  }
}
