import { readdirSync, readlinkSync, realpathSync } from 'node:fs';

import { parseFifoName } from './fifo-name.js';
import { isForReading } from './is-for-reading.js';
import { commandOf } from './process-command.js';

/** A process that has an epoch's FIFO open for reading. */
export interface FifoReader {
  readonly pid: number;
  /** What it is, such as `python3 train.py`: its program, and the script that it runs. */
  readonly command: string;
  /** The FIFO's path; its name may have been removed since. */
  readonly path: string;
}

/** What was found in this turn of the event loop: twenty channels that are stopped together look once. */
const found = new Map<string, readonly FifoReader[]>();

/**
 * Which processes have FIFOs in a directory open for reading, by `/proc`: nobody on systems without it, and nobody of
 * those that this user may not look at. Takes some milliseconds: for messages.
 */
export function readersIn(dir: string): readonly FifoReader[] {
  if (found.size === 0) setImmediate(() => found.clear());
  const known = found.get(dir) ?? lookFor(dir);
  found.set(dir, known);
  return known;
}

function lookFor(dir: string): readonly FifoReader[] {
  const root = orElse(() => realpathSync(dir), dir);
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      pathsReadBy(pid, `${root}/`).map((path) => ({
        pid: Number(pid),
        command: commandOf(pid),
        path: dir + path.slice(root.length),
      })),
    );
}

function pathsReadBy(pid: string, prefix: string): string[] {
  const paths = namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
    const path = orElse(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '').replace(/ \(deleted\)$/, '');
    const isFifo = path.startsWith(prefix) && parseFifoName(path.slice(prefix.length)) !== undefined;
    return isFifo && isForReading(pid, fd) ? [path] : [];
  });
  return [...new Set(paths)];
}

function namesIn(dir: string): string[] {
  return orElse(() => readdirSync(dir), []);
}

/** What ends meanwhile, and what is not this user's, is passed over. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
