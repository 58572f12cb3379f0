import { spawnSync } from 'node:child_process';
import { constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

import { openDescriptor } from '../../fs/fifo-descriptor.js';
import { isTooManyFiles, tooManyOpenFiles } from '../../fs/too-many-files.js';
import { loadLibc } from '../../native/libc.js';
import { enlargePipe } from '../../native/pipe-size.js';
import { ownDirectoryPath } from '../own-directory.js';
import { runnerFailed } from '../runner-errors.js';

/**
 * How much a pipe holds, and is read of at a time, in bytes, where that can be had: four times as much as usual, so that a
 * program that writes much is not stopped, and its lines are dealt with, at every 64 KiB.
 */
export const PIPE_BYTES = 256 * 1024;

/** Both ends of a pipe, as descriptors. The one for reading is for a socket, which closes it. */
export interface Pipe {
  readonly reading: number;
  readonly writing: number;
}

/**
 * Makes a pipe for a program's output. Those that Node makes for its children are sockets, and `echo > /dev/stderr`, as
 * shell scripts do it and nginx, fails with them.
 *
 * @throws {@link PipeModeError} `TOO_MANY_OPEN_FILES`, `RUNNER_FAILED`
 */
export async function makePipe(): Promise<Pipe> {
  try {
    // Not in a worker thread of the host, which may be ended while koffi is being loaded.
    const libc = isMainThread ? loadLibc() : undefined;
    if (libc === undefined) return await makeByName();
    const pipe = libc.pipe();
    enlargePipe(libc, pipe.writing, PIPE_BYTES);
    return pipe;
  } catch (cause) {
    if (isTooManyFiles(cause)) throw tooManyOpenFiles('the output of a program', cause);
    throw runnerFailed('There is no pipe for the output of a program.', (cause as Error).message, cause);
  }
}

/** By a FIFO, which has a name for a moment. */
async function makeByName(): Promise<Pipe> {
  const directory = ownDirectoryPath('pipe');
  mkdirSync(directory, { mode: 0o700 });
  try {
    const path = join(directory, 'pipe');
    const { error, stderr, status } = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8' });
    if (error) throw error;
    if (status !== 0) throw new Error(stderr.trim());
    return await openBoth(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function openBoth(path: string): Promise<Pipe> {
  const reader = await openDescriptor(path);
  try {
    const writing = openSync(path, constants.O_WRONLY); // does not wait: there is a reader
    return { reading: reader.release(), writing };
  } catch (error) {
    reader.close();
    throw error;
  }
}
