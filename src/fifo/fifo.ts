import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';

import { PipeModeError } from '../errors.js';
import { notWritable } from '../fs/dest-errors.js';
import { makeDirectory } from '../fs/make-directory.js';
import { ENXIO, type Libc, POLL_ENTRY_BYTES, POLLERR, POLLOUT, systemError } from '../native/libc.js';
import { requireLater } from '../require-later.js';
import { notAFifo, replaced, uncreatable, unopenable } from './fifo-errors.js';

/** A FIFO that we have made, and how to know it again. */
export interface Fifo {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Because the number of an inode that was removed is given away again, mostly to the next one that is made. */
  readonly birthtimeMs: number;
}

/**
 * Linux: a descriptor that stands for a file without opening it, so that a FIFO gets neither a reader nor a writer.
 */
const O_PATH = 0o10000000;

/** Makes a FIFO and the directories above it. One that is left of a crashed run is replaced. */
export async function makeFifo(path: string, mode: number, libc: Libc | undefined): Promise<Fifo> {
  if (process.platform === 'win32') throw unsupportedPlatform();
  makeDirectory(dirname(path));
  removeStale(path);
  if (libc) callMkfifo(libc, path, mode);
  else await runMkfifo(path, mode);
  try {
    const { dev, ino, birthtimeMs } = process.platform === 'linux' ? setMode(path, mode) : lookAt(path);
    return { path, device: dev, inode: ino, birthtimeMs };
  } catch (error) {
    removeIfOurs(path);
    throw error;
  }
}

/** What cannot be used is not left behind. */
function removeIfOurs(path: string): void {
  try {
    if (isOurFifo(lstatSync(path))) unlinkSync(path);
  } catch {
    // What was wrong with it before is what is reported.
  }
}

/**
 * Gives a FIFO that we have just made its permission bits, whatever the umask has taken away; and its status. By a
 * descriptor, never by its path: whoever can write to the directory may put another file there at any moment.
 */
function setMode(path: string, mode: number): Stats {
  const fd = openPath(path);
  try {
    const stats = fstatSync(fd);
    if (!isOurFifo(stats)) throw replaced(path);
    if ((stats.mode & 0o7777) !== mode) changeMode(fd, mode, path);
    return stats;
  } finally {
    closeSync(fd);
  }
}

function openPath(path: string): number {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    throw unopenable(path, error);
  }
}

function changeMode(fd: number, mode: number, path: string): void {
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function lookAt(path: string): Stats {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || !isOurFifo(stats)) throw replaced(path);
  return stats;
}

/** Whether it can be what we have made: not somebody else's, and not one of ours that stands elsewhere too. */
function isOurFifo(stats: Stats): boolean {
  return stats.isFIFO() && stats.uid === process.geteuid?.() && stats.nlink === 1;
}

/**
 * Opens a FIFO for writing if somebody has it open for reading, or waits in a blocking open to do so;
 * `undefined` if nobody does. Never blocks.
 */
export function openForWriting(fifo: Fifo, libc: Libc | undefined): number | undefined {
  // Before it is opened: whoever reads somebody else's FIFO there would take our closing it for an end of the data.
  checkName(fifo);
  const fd = tryOpen(fifo.path, libc);
  if (fd === undefined || isSame(fifo, fstatSync(fd))) return fd;
  closeSync(fd);
  throw replaced(fifo.path);
}

/** @throws `FIFO_REPLACED` if the FIFO's path leads to something else by now, or to nothing. */
export function checkName(fifo: Fifo): void {
  const stats = lstatSync(fifo.path, { throwIfNoEntry: false });
  if (!stats || !isSame(fifo, stats)) throw replaced(fifo.path);
}

/**
 * A descriptor that stands for the FIFO without opening it, where there is such a thing and one to spare: neither a
 * reader nor a writer takes notice of it.
 *
 * @throws `FIFO_REPLACED`
 */
export function referTo(fifo: Fifo): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let fd: number;
  try {
    fd = openSync(fifo.path, O_PATH | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  if (isSame(fifo, fstatSync(fd))) return fd;
  closeSync(fd);
  throw replaced(fifo.path);
}

/**
 * Whether the reader of a FIFO that we have open for writing has gone. By the descriptor, because the name is removed
 * when the reader comes. Where nobody can tell (without koffi on other systems than Linux, where opening `/dev/fd/<n>`
 * gives the same descriptor again), `false`: the next write fails.
 */
export function hasNoReader(fd: number, libc: Libc | undefined): boolean {
  if (libc) return hasError(libc, fd);
  if (process.platform !== 'linux') return false;
  try {
    closeSync(openSync(`/proc/self/fd/${fd}`, WRITE_ONLY));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENXIO'; // anything else says nothing of the reader
  }
}

/** Whether a pipe that is open for writing would take more now. */
export function hasRoom(fd: number, libc: Libc): boolean {
  return (eventsOf(libc, fd, POLLOUT) & POLLOUT) !== 0;
}

/** A pipe's writing end is in error if and only if there is no reader. */
function hasError(libc: Libc, fd: number): boolean {
  return (eventsOf(libc, fd, 0) & POLLERR) !== 0;
}

function eventsOf(libc: Libc, fd: number, interest: number): number {
  const entry = new DataView(new ArrayBuffer(POLL_ENTRY_BYTES));
  entry.setInt32(0, fd, true);
  entry.setInt16(4, interest, true);
  libc.poll(new Uint8Array(entry.buffer), 1, 0);
  return entry.getInt16(6, true);
}

/** Removes the FIFO's name. Whatever else may stand there by now is left alone. */
export function removeFifo(fifo: Fifo): void {
  const stats = lstatSync(fifo.path, { throwIfNoEntry: false });
  if (stats && isSame(fifo, stats)) unlink(fifo.path);
}

function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw notWritable(path, error);
  }
}

const WRITE_ONLY = constants.O_WRONLY | constants.O_NONBLOCK;

/** Opens a path for writing; `undefined` if it is a FIFO that nobody reads. */
export function tryOpen(path: string, libc: Libc | undefined): number | undefined {
  try {
    if (!libc) return openSync(path, WRITE_ONLY);
    const fd = libc.open(path, WRITE_ONLY); // most tries fail, and fail without the cost of an exception
    if (fd === -ENXIO) return undefined;
    if (fd < 0) throw systemError(fd, 'open', path);
    return fd;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined;
    throw unopenable(path, error);
  }
}

function isSame(fifo: Fifo, { dev, ino, birthtimeMs }: Stats): boolean {
  return fifo.device === dev && fifo.inode === ino && fifo.birthtimeMs === birthtimeMs;
}

function removeStale(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isFIFO()) throw notAFifo(path, stats);
  unlink(path);
}

function callMkfifo(libc: Libc, path: string, mode: number): void {
  const result = libc.mkfifo(path, mode);
  if (result < 0) throw uncreatable(path, systemError(result, 'mkfifo', path));
}

/**
 * Node has no call for this, but every system that has FIFOs has the command. It gets the permission bits by its umask,
 * because its option `-m` changes them by the path.
 */
async function runMkfifo(path: string, mode: number): Promise<void> {
  const umask = (~mode & 0o777).toString(8);
  const args = ['-c', 'umask "$1" && exec mkfifo -- "$2"', 'sh', umask, path];
  const { execFile, spawnSync } = requireLater('node:child_process') as typeof import('node:child_process');
  const env = { ...process.env, LC_ALL: 'C' };
  if (!isMainThread) {
    // If the thread ended meanwhile, nobody would wait for the child. It takes some three milliseconds.
    const { error, status, stderr } = spawnSync('/bin/sh', args, { env, encoding: 'utf8' });
    if (error !== undefined) throw uncreatable(path, error);
    if (status !== 0)
      throw uncreatable(path, Object.assign(new Error(stderr), { code: status }), stderr.trim());
    return;
  }
  await new Promise<void>((resolve, reject) => {
    execFile('/bin/sh', args, { env }, (error, _stdout, stderr) => {
      if (error) reject(uncreatable(path, error, stderr.trim()));
      else resolve();
    });
  });
}

function unsupportedPlatform(): PipeModeError {
  return new PipeModeError(
    'UNSUPPORTED_PLATFORM',
    'Windows has no named pipes in its file system, so there is nothing to stream into. Run this in WSL or in a container.',
  );
}
