// Runs in a thread of ours: everything here is synchronous.
import { tmpdir } from 'node:os';

import { debugTo } from '../debug.js';
import { DirectoryHandle } from '../fs/directory-handle.js';
import { isUnique } from '../fs/identity.js';
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
      if (whyForeign(records) === undefined) log.copyTo(records, note);
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
  attempt('forgotten', () => {
    const records = openRecords();
    if (!records) return;
    try {
      if (whyForeign(records) === undefined && records.statsOf(note)) records.unlink(note);
      if (records.names().length > 0) return;
    } finally {
      records.close();
    }
    inTemporary((directory) => directory.removeDirectory(recordsName()));
  });
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
