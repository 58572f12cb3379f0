// Runs in the thread that writes into pipes: nothing here waits for a reader.
import { writeSync } from 'node:fs';

import { PipeModeError, reasonOf } from '../../errors.js';
import { unreadableFile } from '../../fs/file-errors.js';
import { EAGAIN, EINVAL, EPIPE, type Libc, systemError } from '../../native/libc.js';

/** What a pipe answers instead of a number of bytes: it is full, or nobody reads it any more. */
export type Refusal = 'full' | 'closed';

/** The writing end of a pipe. */
export interface PipeOutput {
  /**
   * Writes bytes as far as there is room, and says how many it has accepted. Bytes that are accepted while the output
   * `isBusy` must not change until it is not.
   */
  write(bytes: Uint8Array): number | Refusal;
  /** Says why the pipe has not taken everything that was accepted, if it has not. */
  flush(): Refusal | undefined;
  /** Whether the pipe has not yet taken everything that was accepted. */
  readonly isBusy: boolean;
  /** Moves pages, where that is possible. */
  readonly splicing?: Splicing;
  /** Lets go of what it holds; the descriptor is the main thread's. */
  close(): void;
}

/** What only system calls can do. */
export interface Splicing {
  /** How many bytes the pipe holds at most, unless its reader changes that. */
  readonly pipeBytes: number;
  /** Moves bytes of a file from `offset[0]` on, which it advances; not every file system can. */
  splice(file: number, offset: BigInt64Array, length: number, path: string): number | Refusal | 'unsupported';
  /** How many bytes the pipe has that nobody has read. */
  unread(): number;
}

/** By system calls; counts what the pipe takes in `taken[0]`. */
export function nativeOutput(libc: Libc, pipe: number, taken: Float64Array): PipeOutput {
  const count = (bytes: number) => {
    taken[0]! += bytes;
    return bytes;
  };
  return {
    flush: () => undefined,
    isBusy: false,
    write(bytes) {
      const written = libc.write(pipe, bytes, bytes.length);
      return written < 0 ? refusalOf(written) : count(written);
    },
    splicing: {
      pipeBytes: libc.pipeSize(pipe),
      splice(file, offset, length, path) {
        const moved = libc.splice(file, offset, pipe, length);
        if (moved === -EINVAL) return 'unsupported';
        if (moved >= 0) return count(moved);
        return moved === -EAGAIN || moved === -EPIPE
          ? refusalOf(moved)
          : raise(unreadableFile(path, systemError(moved, 'splice', path)));
      },
      unread: () => libc.unread(pipe),
    },
    close: () => undefined,
  };
}

/** Writes by `node:fs`, without waiting. */
export function writeNow(fd: number, bytes: Uint8Array): number | Refusal {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    return refusalOf((error as NodeJS.ErrnoException).errno ?? 0, error);
  }
}

export function writeFailed(cause: unknown): PipeModeError {
  const reason = reasonOf(cause);
  return new PipeModeError('WRITE_FAILED', `Writing to the FIFO failed: ${reason}.`, { cause });
}

function refusalOf(result: number, cause?: unknown): Refusal {
  if (result === -EAGAIN) return 'full';
  if (result === -EPIPE) return 'closed';
  throw writeFailed(cause ?? systemError(result, 'write', 'the FIFO'));
}

function raise(error: Error): never {
  throw error;
}
