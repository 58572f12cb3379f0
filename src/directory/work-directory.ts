// Runs in a thread of ours: everything here is synchronous.
import type { DirectoryHandle } from '../fs/directory-handle.js';
import { describeEntry, interfered, occupied } from './directory-errors.js';
import { whyForeign } from './ownership.js';
import { ResumeLog } from './resume-log.js';

/** The hidden directory in `dest` in which a channel's directory grows: it has to be on the same file system. */
export function workName(channel: string): string {
  return `.${channel}.sagemaker-pipe-mode`;
}

/**
 * Opens the work directory that an earlier attempt has left, if there is one. It is taken over only if nobody but this
 * user can have put anything there.
 *
 * @throws {@link PipeModeError} `DEST_OCCUPIED`
 */
export function openWork(dest: DirectoryHandle, channel: string): DirectoryHandle | undefined {
  const name = workName(channel);
  const path = `${dest.path}/${name}`;
  const stats = dest.statsOf(name);
  if (!stats) return undefined;
  if (!stats.isDirectory()) throw occupied(path, describeEntry(stats, 0));
  const work = dest.openDirectory(name);
  const found = whyForeign(work) ?? whyNotWork(work);
  if (found === undefined) return work;
  work.close();
  if (removeIfEmpty(dest, name)) return undefined;
  throw occupied(path, found);
}

/** Makes the work directory. Nobody else may look into it, so nobody can disturb what happens there. */
export function makeWork(dest: DirectoryHandle, channel: string): DirectoryHandle {
  const name = workName(channel);
  dest.makeDirectory(name, 0o700);
  const work = dest.openDirectory(name);
  const found = whyForeign(work) ?? (work.names().length > 0 ? 'a directory that is not empty' : undefined);
  if (found === undefined) return work;
  work.close();
  throw interfered(`${dest.path}/${name}`, found);
}

/** The names of the attempts in a work directory, the latest first: numbers. */
export function attemptsIn(work: DirectoryHandle): string[] {
  const numbers = work.names().filter((name) => ATTEMPT.test(name));
  return numbers.sort((a, b) => Number(b) - Number(a));
}

/** The name of the attempt that comes after others. */
export function attemptAfter([latest = '0']: readonly string[]): string {
  return String(Number(latest) + 1);
}

const ATTEMPT = /^\d{1,15}$/;

/** Says what is in a directory that is not in a work directory, if there is anything. */
function whyNotWork(directory: DirectoryHandle): string | undefined {
  const entries = directory.entries();
  const isKnown = entries.every((entry) => {
    const name = String(entry.name);
    return entry.isDirectory() ? ATTEMPT.test(name) : entry.isFile() && ResumeLog.isName(name);
  });
  return isKnown ? undefined : describeEntry(directory.stats(), entries.length);
}

function removeIfEmpty(dest: DirectoryHandle, name: string): boolean {
  try {
    dest.removeDirectory(name);
    return true;
  } catch {
    return false;
  }
}
