// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, fchmodSync, fstatSync } from 'node:fs';

import type { DirectoryHandle } from '../fs/directory-handle.js';
import { interfered } from './directory-errors.js';
import type { FileSpec } from './tree-operations.js';
import { type Folders, splitPath } from './folders.js';
import { type FileRecord, matches } from './resume-log.js';

/** The files that earlier attempts have completed. */
export class EarlierFiles {
  readonly #attempts: readonly Folders[];
  readonly #records: ReadonlyMap<string, FileRecord>;

  /** @param attempts - where they may be, the latest first */
  constructor(attempts: readonly Folders[], records: ReadonlyMap<string, FileRecord>) {
    this.#attempts = attempts;
    this.#records = records;
  }

  get areNone(): boolean {
    return this.#records.size === 0;
  }

  /** Whether a file was completed in this version and size. */
  has({ path, version }: FileSpec, size: number): boolean {
    const record = this.#records.get(path);
    return record !== undefined && record.version === version && record.size === size;
  }

  /** Moves a file to a folder of the new tree, if nobody has touched it since, and says whether it has. */
  move({ path }: FileSpec, target: DirectoryHandle, mode: number): boolean {
    const record = this.#records.get(path)!;
    return this.#attempts.some((attempt) => moveUnchanged(attempt, record, target, mode));
  }
}

function moveUnchanged(attempt: Folders, record: FileRecord, target: DirectoryHandle, mode: number): boolean {
  const { folder, name } = splitPath(record.path);
  const opened = openIfThere(attempt, folder, name);
  if (!opened) return false;
  const { source, fd } = opened;
  try {
    const stats = fstatSync(fd, { bigint: false });
    if (!matches(stats, record)) return false;
    fchmodSync(fd, mode);
    if ((source.stats().mode & 0o200n) === 0n) source.chmod(0o700); // FastFile's are write-protected
    source.rename(name, target, name);
    const moved = target.statsOf(name);
    if (moved?.ino !== BigInt(stats.ino)) throw interfered(`${target.path}/${name}`, 'another file');
    return true;
  } finally {
    closeSync(fd);
  }
}

function openIfThere(
  attempt: Folders,
  folder: string,
  name: string,
): { source: DirectoryHandle; fd: number } | undefined {
  try {
    const source = attempt.open(folder);
    return { source, fd: source.openFile(name, constants.O_RDONLY | constants.O_NONBLOCK) };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(code)) return undefined; // it is fetched again
    throw error;
  }
}
