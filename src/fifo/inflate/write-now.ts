// Runs in the threads that inflate.
import { PipeModeError } from '../../errors.js';
import { EAGAIN, EPIPE, type Libc, systemError } from '../../native/libc.js';

/** Writes what a non-blocking pipe has room for, and says how much that was: at least a byte, unless the pipe is full. */
export function writeNow(libc: Libc, fd: number, bytes: Uint8Array): number | 'full' | 'closed' {
  const written = libc.write(fd, bytes, bytes.length);
  if (written === -EAGAIN) return 'full';
  if (written === -EPIPE) return 'closed';
  if (written < 0) throw writeFailed(written);
  return written;
}

function writeFailed(result: number): PipeModeError {
  const cause = systemError(result, 'write', 'the FIFO');
  return new PipeModeError('WRITE_FAILED', `Writing to the FIFO failed: ${cause.message}.`, { cause });
}
