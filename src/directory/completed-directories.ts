// Runs in a thread of ours: everything here is synchronous.
import { lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { debugTo } from '../debug.js';
import { DirectoryHandle } from '../fs/directory-handle.js';
import { type Identity, identityOf, isUnique } from '../fs/identity.js';
import { whyForeign } from './ownership.js';
import { ResumeLog, type ResumeLogContent } from './resume-log.js';

const debug = debugTo('directory');

/**
 * The directories that are complete and have not been removed yet, a copy of its resume log each. When a process ends
 * without removing its directory, the next one knows from here that it may replace it. They are in a directory of the
 * user's own in `os.tmpdir()`, because beside the channel's directory an algorithm would take them for another channel.
 *
 * It is a convenience: where it cannot be had, a directory that a crash has left has to be removed by hand.
 */
export function recordCompleted(note: string, log: ResumeLog): void {
  attempt('recorded', () => {
    const records = openRecords() ?? makeRecords();
    try {
      if (whyForeign(records) !== undefined) return;
      log.copyTo(records, note);
      forgetRemoved(records);
    } finally {
      records.close();
    }
  });
}

/** What is recorded of a directory, if it is certain that this user has recorded it. */
export function findCompleted(note: string): ResumeLogContent | undefined {
  return attempt('looked up', () => {
    const records = openRecords();
    if (!records) return undefined;
    try {
      if (whyForeign(records) !== undefined) return undefined;
      const content = ResumeLog.read(records, note);
      return content.root !== undefined && isUnique(content.root) ? content : undefined;
    } finally {
      records.close();
    }
  });
}

export function forgetCompleted(note: string): void {
  forget((records) => {
    if (records.statsOf(note)) records.unlink(note);
  });
}

/** Forgets what was completed below a directory that is gone. */
export function forgetBelow(directory: string): void {
  forget((records) => {
    for (const name of records.names())
      if (ResumeLog.readHeader(records, name).path?.startsWith(`${directory}/`)) records.unlink(name);
  });
}

function forget(act: (records: DirectoryHandle) => void): void {
  attempt('forgotten', () => {
    const records = openRecords();
    if (!records) return;
    try {
      if (whyForeign(records) === undefined) act(records);
      if (records.names().length > 0) return;
    } finally {
      records.close();
    }
    inTemporary((directory) => directory.removeDirectory(recordsName()));
  });
}

/** How many records are looked at when one is added: more than are added, so that they do not pile up. */
const LOOKS = 64;
/** A record is made before its directory gets its name: a younger one may be about somebody's directory that comes yet. */
const OLD_MS = 60_000;

/** Removes records of directories that are gone: their processes were killed, and somebody has removed what they left. */
function forgetRemoved(records: DirectoryHandle): void {
  const names = records.names();
  const first = Math.floor(Math.random() * names.length);
  for (const name of [...names.slice(first), ...names.slice(0, first)].slice(0, LOOKS)) {
    if (isOutdated(records, name)) records.unlink(name);
  }
}

function isOutdated(records: DirectoryHandle, name: string): boolean {
  const stats = records.statsOf(name);
  if (!stats || Date.now() - Number(stats.mtimeMs) < OLD_MS) return false;
  const { root, path } = ResumeLog.readHeader(records, name);
  return root !== undefined && path !== undefined && !isAt(path, root);
}

/** Whether a directory may still be where it was: what cannot be looked at may. */
function isAt(path: string, root: Identity): boolean {
  try {
    return identityOf(lstatSync(path, { bigint: true })) === root;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

function recordsName(): string {
  return `sagemaker-pipe-mode-${process.geteuid!()}`;
}

/** What is recorded of a channel's directory is called after the inode of `dest`, which may have several paths. */
export function noteName(dest: DirectoryHandle, channel: string): string {
  const { dev, ino } = dest.stats();
  return `${dev}-${ino}-${channel}`;
}

function openRecords(): DirectoryHandle | undefined {
  return inTemporary((directory) => {
    const isThere = directory.statsOf(recordsName())?.isDirectory() === true;
    return isThere ? directory.openDirectory(recordsName()) : undefined;
  });
}

function makeRecords(): DirectoryHandle {
  return inTemporary((directory) => {
    directory.makeDirectory(recordsName(), 0o700);
    return directory.openDirectory(recordsName());
  });
}

function inTemporary<T>(act: (directory: DirectoryHandle) => T): T {
  const directory = DirectoryHandle.open(tmpdir());
  try {
    return act(directory);
  } finally {
    directory.close();
  }
}

function attempt<T>(what: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    debug('a directory could not be %s as complete: %s', what, (error as Error).message);
    return undefined;
  }
}
