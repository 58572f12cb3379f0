import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { PipeModeError } from '../errors.js';
import { clash, nameClash, type NamedChannel } from './name-clash.js';
import type { InputMode } from './options.js';
import type { ChannelState } from '../stats.js';

/**
 * What is in use, by directory and name. One for the process, however many copies of this package are loaded: as an
 * ES module, as CommonJS, by Jest.
 */
const inUse = ((globalThis as Record<symbol, unknown>)[Symbol.for('sagemaker-pipe-mode.names-in-use')] ??=
  new Map<string, Claim>()) as Map<string, Claim>;

interface Claim extends NamedChannel {
  readonly directory: string;
  readonly owner: OpenChannel;
}

/** A channel that was started, and that is not over: it keeps the process alive, and its name taken. */
export interface OpenChannel {
  /** The channel's name. */
  readonly name: string;
  /** The directory of its FIFOs, or of its directory. */
  readonly dest: string;
  /** What it is doing at the moment. */
  readonly state: ChannelState;
  /** Where it was made: the stack of `createChannel()`, or `createChannels()`. */
  readonly madeAt: string;
  /** The channel's own `stop()`. */
  stop(): Promise<void>;
}

/**
 * All channels of this process that were started and are not over: not finished, and not stopped; also one that has failed,
 * whose reader is held until `stop()`. For the end of a test suite that does not end: it says which channels keep it, and
 * who made them.
 *
 * @example In a setup file of Vitest or Jest: stops what the tests of a file have left, and says so
 * ```ts
 * import { openChannels } from 'sagemaker-pipe-mode';
 * import { afterAll } from 'vitest'; // in Jest it is a global
 *
 * afterAll(async () => {
 *   const left = openChannels();
 *   for (const channel of left) await channel.stop();
 *   const made = left.map(({ name, madeAt }) => `"${name}", made ${madeAt}`);
 *   if (left.length > 0) throw new Error(`These channels were not stopped:\n${made.join('\n')}`);
 * });
 * ```
 */
export function openChannels(): readonly OpenChannel[] {
  return [...inUse.values()].map(({ owner }) => owner);
}

/**
 * Makes sure that no two channels of this process write to the same FIFOs or files.
 *
 * @returns a function that gives the name back.
 * @throws {@link PipeModeError} `CHANNEL_IN_USE`, `CHANNEL_NAME_CLASH`
 */
export function claimName(owner: OpenChannel, inputMode: InputMode): () => void {
  const { name, dest } = owner;
  const directory = realDirectory(dest);
  const claim: Claim = { directory, name, inputMode, owner };
  const path = join(directory, name);
  if (inUse.has(path)) {
    throw new PipeModeError(
      'CHANNEL_IN_USE',
      `Another channel of this process already streams "${name}" to "${dest}", made ${firstFrame(inUse.get(path)!)}. ` +
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

/** Whether a channel of this process has its FIFOs or files there. */
export function isClaimed(directory: string, name: string): boolean {
  return inUse.has(join(realDirectory(directory), name));
}

/** Where a channel was made, in one line. */
function firstFrame({ owner }: Claim): string {
  return owner.madeAt.split('\n', 1)[0]!;
}

/** A directory by its real name, so that two ways to the same place are seen to be one. */
function realDirectory(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realDirectory(dirname(path)), basename(path));
  }
}
