import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is needed beyond the data, in bytes. */
const MARGIN_BYTES = 1e9;

const SHARED_MEMORY = '/dev/shm';

/**
 * A directory for the data and the FIFOs: in memory if there is room, because the disk is not what is measured.
 * Removed when this process exits, however it does.
 */
export function makeWorkspace(bytesNeeded: number): string {
  return makeDirectoryIn(chooseParent(bytesNeeded));
}

/** A directory for programs: not in memory, because that of a job is its own. Removed in the same way. */
export function makeProgramsDirectory(): string {
  return makeDirectoryIn(tmpdir());
}

function makeDirectoryIn(parent: string): string {
  const directory = mkdtempSync(join(parent, 'sagemaker-pipe-mode-bench-'));
  process.on('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function chooseParent(bytesNeeded: number): string {
  const wanted = bytesNeeded + MARGIN_BYTES;
  if (freeBytes(SHARED_MEMORY) >= wanted && freemem() >= wanted) return SHARED_MEMORY;
  if (freeBytes(tmpdir()) >= wanted) return tmpdir();
  throw new Error(
    `The data needs ${Math.ceil(wanted / 1e9)} GB, and neither ${SHARED_MEMORY} nor ${tmpdir()} has as much free. ` +
      'Make room, point TMPDIR elsewhere, or use --quick.',
  );
}

function freeBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
