import { openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { requireLater } from '../require-later.js';
import { type RunningTask, startTask } from '../workers/run-task.js';
import { writeThread } from '../workers/threads.js';
import { APPEND } from './append-task.js';
import { temporaryFileFailed } from './temporary-file-errors.js';

/** A file without a name, so that nothing is left of it however the process ends. */
export interface TemporaryFile {
  /** For reading and writing. The owner closes it, after the writer. */
  readonly fd: number;
  /** Appends what it is given, in a thread of ours. */
  readonly writer: RunningTask<undefined, Uint8Array>;
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
    return { fd, writer: startTask(writeThread, APPEND, { fd }) };
  } catch (cause) {
    throw temporaryFileFailed(purpose, path, cause);
  }
}
