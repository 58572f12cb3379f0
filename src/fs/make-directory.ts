import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { notADirectory, notWritable } from './dest-errors.js';

/**
 * Makes a directory and those above it, where they are missing. Not by `mkdir`'s `recursive`, which never returns where
 * making the parent does not help, as below /proc.
 *
 * @throws {@link PipeModeError} `DEST_NOT_A_DIRECTORY`, `DEST_NOT_WRITABLE`, `TOO_MANY_OPEN_FILES`
 */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (isDirectory(path)) return; // somebody else was faster
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST' || code === 'ENOTDIR' ? notADirectory(path, error) : notWritable(path, error);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // making it will tell what is wrong
  }
}
