// Runs in a thread of ours: everything here is synchronous.
import type { DirectoryHandle } from '../fs/directory-handle.js';
import { type Identity, identityOf } from '../fs/identity.js';
import { findCompleted, noteName } from './completed-directories.js';
import { describeEntry, interfered, occupied } from './directory-errors.js';
import { type FileRecord, ResumeLog } from './resume-log.js';
import { attemptAfter, attemptsIn, makeWork, openWork } from './work-directory.js';

/** A work directory, with what processes before have left. */
export interface Leftovers {
  readonly work: DirectoryHandle;
  /** What attempts before have completed. */
  readonly records: ReadonlyMap<string, FileRecord>;
}

/**
 * Opens a channel's work directory, and makes room for its directory: one that a process has completed and left, because
 * it ended without removing it, becomes an attempt like others.
 *
 * @throws {@link PipeModeError} `DEST_OCCUPIED` if anything there is not certainly ours
 */
export function takeOverLeftovers(dest: DirectoryHandle, channel: string): Leftovers {
  let work = openWork(dest, channel);
  try {
    const completed = findCompleted(noteName(dest, channel));
    const isLeft = completed !== undefined && identityAt(dest, channel) === completed.root;
    if (!isLeft) refuseUnlessEmpty(dest, channel);
    work ??= makeWork(dest, channel);
    const { records } = ResumeLog.read(work);
    if (!isLeft) return { work, records };
    moveToAttempts(dest, channel, work, completed.root!);
    return { work, records: new Map([...records, ...completed.records]) };
  } catch (error) {
    work?.close();
    throw error;
  }
}

/** Which directory or file has a name. */
export function identityAt(dest: DirectoryHandle, name: string): Identity | undefined {
  const stats = dest.statsOf(name);
  return stats && identityOf(stats);
}

/** @throws {@link PipeModeError} `DEST_OCCUPIED` */
export function refuseUnlessEmpty(dest: DirectoryHandle, name: string): void {
  const stats = dest.statsOf(name);
  if (!stats) return;
  const entries = stats.isDirectory() ? countEntries(dest, name) : 0;
  if (!stats.isDirectory() || entries > 0)
    throw occupied(`${dest.path}/${name}`, describeEntry(stats, entries));
}

function countEntries(dest: DirectoryHandle, name: string): number {
  const directory = dest.openDirectory(name);
  try {
    return directory.entries().length;
  } finally {
    directory.close();
  }
}

function moveToAttempts(
  dest: DirectoryHandle,
  name: string,
  work: DirectoryHandle,
  identity: Identity,
): void {
  const root = dest.openDirectory(name);
  try {
    if (identityOf(root.stats()) === identity) root.chmod(0o700); // what is moved has to be writable
  } finally {
    root.close();
  }
  const attempt = attemptAfter(attemptsIn(work));
  dest.rename(name, work, attempt);
  if (identityAt(work, attempt) === identity) return;
  work.rename(attempt, dest, name);
  throw interfered(`${dest.path}/${name}`, 'another directory');
}
