// Runs in the threads that inflate.
import { PipeModeError } from '../../errors.js';
import { EAGAIN, EPIPE, type Libc, systemError } from '../../native/libc.js';

/** A pipe, and how to write into it. */
export interface PipeTarget {
  readonly libc: Libc;
  /** The pipe's descriptor, which is non-blocking. */
  readonly fd: number;
  /** `[0]`: how many bytes the pipe has taken. Shared. */
  readonly taken: Float64Array;
}

/** Writes what the pipe has room for, counts it, and says how much that was: at least a byte, unless the pipe is full. */
export function writeNow({ libc, fd, taken }: PipeTarget, bytes: Uint8Array): number | 'full' | 'closed' {
  const written = libc.write(fd, bytes, bytes.length);
  if (written === -EAGAIN) return 'full';
  if (written === -EPIPE) return 'closed';
  if (written < 0) throw writeFailed(written);
  taken[0]! += written;
  return written;
}

function writeFailed(result: number): PipeModeError {
  const cause = systemError(result, 'write', 'the FIFO');
  return new PipeModeError('WRITE_FAILED', `Writing to the FIFO failed: ${cause.message}.`, { cause });
}
