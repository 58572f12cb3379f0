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

import { PipeModeError } from '../errors.js';
import { notWritable } from '../fs/dest-errors.js';
import { makeDirectory } from '../fs/make-directory.js';
import { ENXIO, type Libc, POLL_ENTRY_BYTES, POLLERR, systemError } from '../native/libc.js';
import { requireLater } from '../require-later.js';
import { notAFifo, replaced, uncreatable } from './fifo-errors.js';

/** A FIFO that we have made, and how to know it again. */
export interface Fifo {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Because the number of an inode that was removed is given away again, mostly to the next one that is made. */
  readonly birthtimeMs: number;
}

/** Makes a FIFO and the directories above it. One that is left of a crashed run is replaced. */
export async function makeFifo(path: string, mode: number, libc: Libc | undefined): Promise<Fifo> {
  if (process.platform === 'win32') throw unsupportedPlatform();
  makeDirectory(dirname(path));
  removeStale(path);
  if (libc) callMkfifo(libc, path, mode);
  else await runMkfifo(path, mode);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isFIFO()) throw replaced(path);
  return { path, device: stats.dev, inode: stats.ino, birthtimeMs: stats.birthtimeMs };
}

/**
 * Opens a FIFO for writing if somebody has it open for reading, or waits in a blocking open to do so;
 * `undefined` if nobody does. Never blocks.
 */
export function openForWriting(fifo: Fifo, libc: Libc | undefined): number | undefined {
  // Before it is opened: whoever reads somebody else's FIFO there would take our closing it for an end of the data.
  const stats = lstatSync(fifo.path, { throwIfNoEntry: false });
  if (!stats || !isSame(fifo, stats)) throw replaced(fifo.path);
  const fd = tryOpen(fifo.path, libc);
  if (fd === undefined || isSame(fifo, fstatSync(fd))) return fd;
  closeSync(fd);
  throw replaced(fifo.path);
}

/** Whether the reader of a FIFO that we have open for writing has gone. */
export function hasNoReader(fifo: Fifo, fd: number, libc: Libc | undefined): boolean {
  if (libc) return hasError(libc, fd);
  try {
    // By the descriptor where there is a way to: the name may be somebody else's FIFO by now.
    const again =
      process.platform === 'linux'
        ? tryOpen(`/proc/self/fd/${fd}`, undefined)
        : openForWriting(fifo, undefined);
    if (again === undefined) return true;
    closeSync(again);
  } catch {
    // Somebody has taken the name away. Of the reader that says nothing.
  }
  return false;
}

/** A pipe's writing end is in error if and only if there is no reader. */
function hasError(libc: Libc, fd: number): boolean {
  const entry = new DataView(new ArrayBuffer(POLL_ENTRY_BYTES));
  entry.setInt32(0, fd, true);
  libc.poll(new Uint8Array(entry.buffer), 1, 0);
  return (entry.getInt16(6, true) & POLLERR) !== 0;
}

/** Removes the FIFO's name. Whatever else may stand there by now is left alone. */
export function removeFifo(fifo: Fifo): void {
  try {
    const stats = lstatSync(fifo.path, { throwIfNoEntry: false });
    if (stats && isSame(fifo, stats)) unlinkSync(fifo.path);
  } catch (error) {
    throw notWritable(fifo.path, error);
  }
}

function tryOpen(path: string, libc: Libc | undefined): number | undefined {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK;
  try {
    if (!libc) return openSync(path, flags);
    const fd = libc.open(path, flags); // most tries fail, and fail without the cost of an exception
    if (fd === -ENXIO) return undefined;
    if (fd < 0) throw systemError(fd, 'open', path);
    return fd;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO') return undefined;
    throw code === 'ENOENT' ? replaced(path) : notWritable(path, error);
  }
}

function isSame(fifo: Fifo, { dev, ino, birthtimeMs }: Stats): boolean {
  return fifo.device === dev && fifo.inode === ino && fifo.birthtimeMs === birthtimeMs;
}

function removeStale(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isFIFO()) throw notAFifo(path, stats);
  try {
    unlinkSync(path);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function callMkfifo(libc: Libc, path: string, mode: number): void {
  const result = libc.mkfifo(path, mode);
  if (result < 0) throw uncreatable(path, systemError(result, 'mkfifo', path));
  chmodSync(path, mode); // the umask has had its say
}

/** Node has no call for this, but every system that has FIFOs has the command. */
async function runMkfifo(path: string, mode: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const args = ['-m', mode.toString(8), '--', path];
    const { execFile } = requireLater('node:child_process') as typeof import('node:child_process');
    execFile('mkfifo', args, { env: { ...process.env, LC_ALL: 'C' } }, (error, _stdout, stderr) => {
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
