// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, copyFileSync, fchmodSync, fstatSync, type Stats, statSync } from 'node:fs';

import type { FileRange, LocalPart } from '../body/body.js';
import type { DirectoryHandle } from '../fs/directory-handle.js';
import { fileChange, unreadableFile } from '../fs/file-errors.js';
import { isBytes } from '../options/checks.js';
import { interfered } from './directory-errors.js';

/** The file that parts are the whole of, if they are. */
export function wholeFile(parts: readonly LocalPart[]): FileRange | undefined {
  const [part] = parts;
  if (parts.length !== 1 || part === undefined || isBytes(part)) return undefined;
  const isWhole = part.fd === undefined && part.offset === 0 && part.length === part.fileSize;
  return isWhole ? part : undefined;
}

/**
 * Makes files the same as others without copying their bytes, if the file system can: a clone shares its blocks until one
 * of the two is written to (Btrfs, XFS, APFS).
 *
 * A hard link would be possible everywhere, for files that nobody may write to. But making and removing one changes the
 * status of the user's own file, and so its ctime, by which a channel that reads the same file tells that it has changed.
 */
export class FileCloner {
  readonly #mode: number;
  /** The file systems from which files cannot be cloned to here: asking costs as much as copying a small file. */
  readonly #cannotClone = new Set<number>();

  constructor({ mode }: { readonly mode: number }) {
    this.#mode = mode;
  }

  /** Makes a file in a folder, and says whether it has: if not, there is none. */
  tryClone(file: FileRange, folder: DirectoryHandle, name: string): boolean {
    const stats = unchangedStats(file);
    if (this.#cannotClone.has(stats.dev)) return false;
    const failure = failureOf(() => copyFileSync(file.path, folder.pathTo(name), CLONE_ONLY));
    if (failure !== undefined) {
      if (!TRY_AGAIN.has(failure)) this.#cannotClone.add(stats.dev);
      return false;
    }
    this.#finishClone(file, folder, name);
    return true;
  }

  /** A clone has the bits of the original. */
  #finishClone(file: FileRange, folder: DirectoryHandle, name: string): void {
    const fd = folder.openFile(name, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.nlink !== 1) throw interfered(`${folder.path}/${name}`, 'another file');
      fchmodSync(fd, this.#mode);
      unchangedStats(file);
    } catch (error) {
      folder.unlink(name);
      throw error;
    } finally {
      closeSync(fd);
    }
  }
}

const CLONE_ONLY = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;

/** Failures that say nothing of the file system. */
const TRY_AGAIN = new Set([
  'EEXIST',
  'EMFILE',
  'ENFILE',
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'ENOENT',
  'EINTR',
  'ENAMETOOLONG',
]);

/** @throws {@link PipeModeError} if the file is not as it was listed */
function unchangedStats(file: FileRange): Stats {
  const stats = statOrThrow(file.path);
  const change = fileChange(file, stats);
  if (change) throw change;
  return stats;
}

function statOrThrow(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadableFile(path, error);
  }
}

function failureOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
