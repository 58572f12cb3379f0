// Runs in a thread that writes into pipes.
import type { Libc } from '../../native/libc.js';
import { type FileAccess, nativeFiles, nodeFiles } from './file-access.js';
import { nativeOutput, type PipeOutput } from './pipe-output.js';
import { SocketOutput } from './socket-output.js';

/** How a thread reaches files and pipes. */
export interface Platform {
  readonly files: FileAccess;
  /** How much is gathered for one write, in bytes. */
  readonly stageBytes: number;
  /** @param onRoom - called when a pipe that was full has room, unless somebody waits for that by `poll` */
  readonly openOutput: (fd: number, taken: Float64Array, onRoom: () => void) => PipeOutput;
}

/** With system calls that Node does not offer. */
export function splicingPlatform(libc: Libc): Platform {
  return {
    files: nativeFiles(libc),
    stageBytes: 256 * 1024,
    openOutput: (fd, taken) => nativeOutput(libc, fd, taken),
  };
}

/** With Node alone: a pipe has 64 KiB, and a reader that finds it empty waits until twice as much has been read. */
export function copyingPlatform({ usesSockets }: { readonly usesSockets: boolean }): Platform {
  return {
    files: nodeFiles,
    stageBytes: 128 * 1024,
    openOutput: (fd, taken, onRoom) => new SocketOutput({ fd, taken, onRoom, usesSockets }),
  };
}
