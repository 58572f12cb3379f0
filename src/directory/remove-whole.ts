import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { DirectoryHandle } from '../fs/directory-handle.js';
import { removeTree } from './remove-tree.js';

/** Removes a directory that need not be there, also with what somebody has protected in it from its own user. */
export async function removeWhole(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => removeStubborn(path));
}

/** The same at once, when the process exits. */
export function removeWholeNow(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    removeStubborn(path);
  }
}

function removeStubborn(path: string): void {
  const parent = DirectoryHandle.open(dirname(path));
  try {
    const directory = parent.openDirectory(basename(path));
    try {
      removeTree(parent, basename(path), directory);
    } finally {
      directory.close();
    }
  } finally {
    parent.close();
  }
}
