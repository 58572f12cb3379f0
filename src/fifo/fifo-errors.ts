import type { Stats } from 'node:fs';

import { PipeModeError } from '../errors.js';
import { notWritable } from '../fs/dest-errors.js';
import { isTooManyFiles, tooManyOpenFiles } from '../fs/too-many-files.js';

export function notAFifo(path: string, stats: Stats): PipeModeError {
  return new PipeModeError(
    'NOT_A_FIFO',
    `Expected nothing or a FIFO at "${path}", found ${describe(stats)}. It was left untouched: ` +
      `move it away, or choose another \`dest\` or channel name.`,
    { path },
  );
}

export function replaced(path: string): PipeModeError {
  return new PipeModeError(
    'FIFO_REPLACED',
    `The FIFO "${path}" was removed or replaced by somebody else while its channel was using it. ` +
      `Let nothing else clean up in \`dest\` before the channel is stopped, such as the cleanup of a test, and let only one process stream this channel there.`,
    { path },
  );
}

/** Why a FIFO that was there cannot be opened, translated. */
export function unopenable(path: string, cause: unknown): PipeModeError {
  if (isTooManyFiles(cause)) return tooManyOpenFiles(`the FIFO "${path}"`, cause, { path });
  return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? replaced(path) : notWritable(path, cause);
}

/** The exit codes by which a shell says that there is no such command. */
const NO_COMMAND: readonly unknown[] = [126, 127];

/** What the call or the command `mkfifo` said, translated. */
export function uncreatable(path: string, cause: Error, said = ''): PipeModeError {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  const reason = said || cause.message;
  if (isTooManyFiles(cause))
    return tooManyOpenFiles(`a process that makes the FIFO "${path}"`, cause, { path });
  if (NO_COMMAND.includes(code) || (code === 'ENOENT' && syscall?.startsWith('spawn'))) {
    return new PipeModeError(
      'UNSUPPORTED_PLATFORM',
      'There is no `mkfifo` command on the PATH, and Node cannot make FIFOs by itself. Install coreutils.',
      { path, cause },
    );
  }
  if (/permission denied|read-only|no space|quota|EACCES|EROFS|ENOSPC|EDQUOT/i.test(reason))
    return notWritable(path, reason);
  return new PipeModeError(
    'DEST_CANNOT_HOLD_FIFOS',
    `Cannot make a FIFO at "${path}": ${reason}. The file system may not support FIFOs (FAT, some network and ` +
      `shared-folder mounts do not): choose a \`dest\` on a local one, such as a directory below /tmp.`,
    { path, cause },
  );
}

function describe(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFile()) return `a file of ${stats.size} bytes`;
  return stats.isSocket() ? 'a socket' : 'a device';
}
