import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isTooManyFiles, tooManyOpenFiles } from '../../fs/too-many-files.js';
import { writeAll } from '../../fs/write-all.js';
import { runnerFailed } from '../runner-errors.js';

/** Linux: opens a file that never has a name, in a directory. With `O_DIRECTORY`, so that kernels without it refuse. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/**
 * A descriptor of a file with that content and without a name, so that nothing is left of it however the process ends.
 *
 * @throws {@link PipeModeError} `TOO_MANY_OPEN_FILES`, `RUNNER_FAILED`
 */
export function unnamedFile(content: Uint8Array): number {
  try {
    return filled(openUnnamed(tmpdir()), content);
  } catch (cause) {
    if (isTooManyFiles(cause)) throw tooManyOpenFiles('the mounts of a program', cause);
    const what = `Cannot write a temporary file in "${tmpdir()}". Make room there, or set TMPDIR to another directory.`;
    throw runnerFailed(what, (cause as Error).message, cause);
  }
}

function openUnnamed(directory: string): number {
  try {
    return openSync(directory, constants.O_RDWR | O_TMPFILE, 0o600);
  } catch (error) {
    if (isTooManyFiles(error)) throw error;
  }
  // Some file systems cannot do that: then it has a name for an instant.
  const path = join(directory, `sagemaker-pipe-mode-${randomUUID()}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}

function filled(fd: number, content: Uint8Array): number {
  try {
    writeAll(fd, content);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
