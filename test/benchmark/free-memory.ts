import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = Buffer.alloc(1024 * 1024);

/**
 * Takes so many bytes of memory and lets them go. A virtual machine gives what is free back to its host (free page reporting),
 * and gets it again page by page, which takes several times as long as to fill it: whoever has the next turn finds it there.
 */
export function fetchFreeMemory(bytes: number): void {
  const path = join(tmpdir(), `sagemaker-pipe-mode-benchmark-memory-${process.pid}`);
  const fd = openSync(path, 'wx', 0o600);
  rmSync(path);
  try {
    for (let written = 0; written < bytes;) written += writeSync(fd, BLOCK);
  } finally {
    closeSync(fd);
  }
}
