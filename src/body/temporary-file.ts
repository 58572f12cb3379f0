import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { requireLater } from '../require-later.js';
import { type RunningTask, startTask } from '../workers/run-task.js';
import { writeThread } from '../workers/threads.js';
import { APPEND } from './append-task.js';
import { GIVE_BACK } from './give-back-task.js';
import { temporaryFileFailed } from './temporary-file-errors.js';

/** A file without a name, so that nothing is left of it however the process ends. */
export interface TemporaryFile {
  /** For reading and writing. The owner closes it, or the file. */
  readonly fd: number;
  /** Appends what it is given, in a thread of ours. */
  readonly writer: RunningTask<undefined, Uint8Array>;
  /**
   * Closes descriptor and writer when all is written that the writer was given. Neither the caller's thread nor libuv's
   * pool gives back what the file takes, some 10 ms for 200 MB, but the thread that writes. Never rejects.
   */
  close(): Promise<void>;
}

/** The files that are being closed. */
const closing = new Set<Promise<void>>();

/** Resolves when every file is closed of which that has been asked. */
export async function temporaryFilesClosed(): Promise<void> {
  await Promise.all(closing);
}

/**
 * Makes a file in `os.tmpdir()`.
 *
 * @param purpose - what it is for, as in "to buffer a large record in"
 * @throws {@link PipeModeError} `TEMPORARY_FILE_FAILED`
 */
export function openTemporaryFile(purpose: string): TemporaryFile {
  const { randomUUID } = requireLater('node:crypto') as typeof import('node:crypto');
  const path = join(tmpdir(), `sagemaker-pipe-mode-${randomUUID()}`);
  try {
    const fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    const writer = startTask(writeThread, APPEND, { fd });
    return { fd, writer, close: () => untilClosed(closeFile(fd, writer)) };
  } catch (cause) {
    throw temporaryFileFailed(purpose, path, cause);
  }
}

async function untilClosed(closed: Promise<void>): Promise<void> {
  closing.add(closed);
  try {
    await closed;
  } finally {
    closing.delete(closed);
  }
}

async function closeFile(fd: number, writer: TemporaryFile['writer']): Promise<void> {
  const holder = startHolder(fd);
  // Answered after everything before it: nothing is on its way any more to a number that may be another file's next.
  await holder?.next(undefined).catch(() => undefined); // not held: then it is given back here
  closeSync(fd);
  await holder?.next(undefined).catch(() => undefined);
  await holder?.close();
  await writer.close();
}

function startHolder(fd: number): RunningTask<undefined, undefined> | undefined {
  try {
    return startTask(writeThread, GIVE_BACK, { fd });
  } catch {
    return undefined; // no thread can be started, and the one before is over
  }
}
