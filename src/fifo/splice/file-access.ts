// Runs in the thread that writes into pipes: everything here is synchronous.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import type { FileRange } from '../../body/body.js';
import { PipeModeError } from '../../errors.js';
import { fileChange, fileResized, unreadableFile } from '../../fs/file-errors.js';
import type { OpenFiles } from './open-files.js';
import { type Libc, type OpenFileStatus, systemError } from '../../native/libc.js';

/** How files are read. Everything throws what `node:fs` throws. */
export interface FileAccess {
  open(path: string): number;
  /** Opens a directory for `openIn`, which is quicker than `open` with a whole path. */
  openDirectory(path: string): Directory;
  openIn(directory: Directory, name: string): number;
  closeDirectory(directory: Directory): void;
  /** Reads up to `length` bytes at `offset`; 0 at the end of the file. */
  read(fd: number, target: Uint8Array, length: number, offset: number): number;
  status(fd: number): OpenFileStatus;
  close(fd: number): void;
}

/** An open directory. */
export interface Directory {
  readonly path: string;
  readonly fd: number | undefined;
}

/** Without O_NONBLOCK, a FIFO that has taken a file's place would block the thread for good. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

/** By `node:fs`. */
export const nodeFiles: FileAccess = {
  open: (path) => openSync(path, OPEN_FLAGS),
  openDirectory: (path) => ({ path, fd: undefined }),
  openIn: ({ path }, name) => openSync(path + name, OPEN_FLAGS),
  closeDirectory: () => undefined,
  read: (fd, target, length, offset) => readSync(fd, target, 0, length, offset),
  status: (fd) => fstatSync(fd),
  close: closeSync,
};

/** By system calls, which cost a fraction of that. */
export function nativeFiles(libc: Libc): FileAccess {
  const orThrow = (result: number, syscall: string, path = '') => {
    if (result < 0) throw systemError(result, syscall, path);
    return result;
  };
  return {
    open: (path) => orThrow(libc.open(path, OPEN_FLAGS), 'open', path),
    openDirectory: (path) => ({ path, fd: orThrow(libc.open(path, DIRECTORY_FLAGS), 'open', path) }),
    openIn: ({ path, fd }, name) => orThrow(libc.openat(fd!, name, OPEN_FLAGS), 'open', path + name),
    closeDirectory: ({ fd }) => libc.close(fd!),
    read: (fd, target, length, offset) => orThrow(libc.pread(fd, target, length, offset), 'read'),
    status: (fd) => libc.fileStatus(fd),
    close: (fd) => libc.close(fd),
  };
}

/** Opens the file of a range, unless it is open. */
export function openRange(files: FileAccess, range: FileRange): number {
  return range.fd ?? orUnreadable(range, () => files.open(range.path));
}

let openFiles: OpenFiles | undefined;

/** Has the files that are open for longer than a step noted there. */
export function noteOpenFiles(files: OpenFiles): void {
  openFiles = files;
}

/**
 * Opens the file of a range for longer than a step, unless it is open: by `node:fs`, because Node closes what it has opened
 * if the thread dies.
 */
export function openLongRange(range: FileRange): number {
  if (range.fd !== undefined) return range.fd;
  const fd = orUnreadable(range, () => openSync(range.path, OPEN_FLAGS));
  openFiles?.add(fd);
  return fd;
}

/** Notes a descriptor that somebody else closes. @returns what to call before it is closed */
export function noteOpen(fd: number): () => void {
  openFiles?.add(fd);
  return () => openFiles?.remove(fd);
}

/** Lets go of the file of a long range that we have opened. */
export function closeLongRange(range: FileRange, fd: number): void {
  if (range.fd !== undefined) return;
  openFiles?.remove(fd);
  closeSync(fd);
}

/** Reads so many bytes of a range's file, all of which have to be there. */
export function readFully(
  files: FileAccess,
  range: FileRange,
  { fd, target, offset }: { fd: number; target: Uint8Array; offset: number },
): void {
  for (let done = 0; done < target.length;) {
    const rest = done === 0 ? target : target.subarray(done);
    const read = orUnreadable(range, () => files.read(fd, rest, rest.length, offset + done));
    if (read === 0) throw cutOff(files, range, fd);
    done += read;
  }
}

/** Makes sure that a file is still what its range says; one that is open belongs to somebody who does that himself. */
export function checkUnchanged(files: FileAccess, range: FileRange, fd: number): void {
  if (range.fd !== undefined) return;
  const change = fileChange(range, files.status(fd));
  if (change) throw change;
}

/** What is wrong with a file that ends before its range does. */
export function cutOff(files: FileAccess, range: FileRange, fd: number): PipeModeError {
  const { path, fileSize, offset, length } = range;
  return fileResized(path, fileSize ?? offset + length, files.status(fd).size);
}

/** Lets go of the file of a range that we have opened. */
export function closeRange(files: FileAccess, range: FileRange, fd: number): void {
  if (range.fd === undefined) files.close(fd);
}

function orUnreadable<T>({ path }: FileRange, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof PipeModeError ? error : unreadableFile(path, error);
  }
}
