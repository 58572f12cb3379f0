import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { PipeModeError } from '../errors.js';
import { clash, nameClash, type NamedChannel } from './name-clash.js';
import type { InputMode } from './options.js';

/**
 * What is in use, by directory and name. One for the process, however many copies of this package are loaded: as an
 * ES module, as CommonJS, by Jest.
 */
const inUse = ((globalThis as Record<symbol, unknown>)[Symbol.for('sagemaker-pipe-mode.names-in-use')] ??=
  new Map<string, Claim>()) as Map<string, Claim>;

interface Claim extends NamedChannel {
  readonly directory: string;
}

/**
 * Makes sure that no two channels of this process write to the same FIFOs or files.
 *
 * @returns a function that gives the name back.
 * @throws {@link PipeModeError} `CHANNEL_IN_USE`, `CHANNEL_NAME_CLASH`
 */
export function claimName(dest: string, name: string, inputMode: InputMode): () => void {
  const directory = realDirectory(dest);
  const claim: Claim = { directory, name, inputMode };
  const path = join(directory, name);
  if (inUse.has(path)) {
    throw new PipeModeError(
      'CHANNEL_IN_USE',
      `Another channel of this process already streams "${name}" to "${dest}". ` +
        `Stop it first, or give one of the two another \`name\` or \`dest\`.`,
      { channel: name, path: dest },
    );
  }
  for (const other of inUse.values()) {
    if (other.directory !== directory) continue;
    if (clash(claim, other)) throw nameClash(name, other.name, dest);
    if (clash(other, claim)) throw nameClash(other.name, name, dest);
  }
  inUse.set(path, claim);
  return () => {
    if (inUse.get(path) === claim) inUse.delete(path); // by then it may be somebody else's
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
