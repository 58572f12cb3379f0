import { PipeModeError } from '../errors.js';

/** @param purpose - what the file is for, as in "to buffer a large record in" */
export function temporaryFileFailed(purpose: string, path: string, cause: unknown): PipeModeError {
  return new PipeModeError(
    'TEMPORARY_FILE_FAILED',
    `Cannot make a temporary file ${purpose} (${(cause as NodeJS.ErrnoException).code}): "${path}". ` +
      `Point TMPDIR to a directory that can be written to.`,
    { path, cause },
  );
}

export function temporaryFileFull(cause: unknown): PipeModeError {
  return new PipeModeError(
    'TEMPORARY_FILE_FAILED',
    `Cannot write to a temporary file (${(cause as NodeJS.ErrnoException).code}). ` +
      `Make room, or point TMPDIR to a file system that has some.`,
    { cause },
  );
}
