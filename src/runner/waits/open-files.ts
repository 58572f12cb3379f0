import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

import { isForReading } from '../../fs/is-for-reading.js';

/** What a descriptor of a process leads to. */
export interface OpenFile {
  /** Its path as the process sees it; of what has none, such as `pipe:[123]`, that. */
  readonly path: string;
  readonly isPipe: boolean;
  /** Whether it has, or had, a name. */
  readonly isNamed: boolean;
}

/** `undefined` if it is not open, or not to be seen. */
export function openFile(pid: number, fd: number): OpenFile | undefined {
  try {
    const link = `/proc/${pid}/fd/${fd}`;
    // A channel removes the name of a FIFO when its reader has opened it.
    const path = readlinkSync(link).replace(/ \(deleted\)$/, '');
    return { path, isPipe: statSync(link).isFIFO(), isNamed: path.startsWith('/') };
  } catch {
    return undefined;
  }
}

/** The FIFOs that a process has open for reading, by their paths as it sees them. */
export function fifosReadBy(pid: number): string[] {
  const paths = descriptorsOf(pid).flatMap((fd) => {
    const file = openFile(pid, fd);
    return file?.isPipe && file.isNamed && isForReading(pid, fd) ? [file.path] : [];
  });
  return [...new Set(paths)];
}

function descriptorsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** The descriptors that an epoll descriptor waits for. */
export function polledBy(pid: number, epoll: number): number[] {
  try {
    const info = readFileSync(`/proc/${pid}/fdinfo/${epoll}`, 'latin1');
    return [...info.matchAll(/^tfd:\s*(\d+)/gm)].map(([, fd]) => Number(fd));
  } catch {
    return [];
  }
}

/** The path of a process's working directory, or of a directory that it has open. */
export function directoryOf(pid: number, fd: number): string {
  try {
    return readlinkSync(fd === AT_FDCWD ? `/proc/${pid}/cwd` : `/proc/${pid}/fd/${fd}`);
  } catch {
    return '/';
  }
}

/** As a directory's descriptor: the working directory. */
export const AT_FDCWD = -100;
