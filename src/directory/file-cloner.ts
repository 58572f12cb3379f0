// Runs in a thread of ours: everything here is synchronous.
import { constants, copyFileSync, linkSync, lstatSync, type Stats, statSync } from 'node:fs';

import type { FileRange, LocalPart } from '../body/body.js';
import { fileChange, unreadableFile } from '../fs/file-errors.js';

/** The file that parts are the whole of, if they are. */
export function wholeFile(parts: readonly LocalPart[]): FileRange | undefined {
  const [part] = parts;
  if (parts.length !== 1 || part === undefined || part instanceof Uint8Array) return undefined;
  const isWhole = part.fd === undefined && part.offset === 0 && part.length === part.fileSize;
  return isWhole ? part : undefined;
}

/**
 * Makes files the same as others without copying their bytes, if that is safe and possible: whoever writes to the one
 * must not change the other.
 *
 * A clone shares its blocks until one of the two is written to (Btrfs, XFS, APFS). A link is the same file under
 * another name: only for what will not be written to, of a file that is write-protected for everybody, and not for
 * root, whom no protection holds.
 */
export class FileCloner {
  readonly #mayLink: boolean;
  /** The file systems from which files cannot be cloned to here: asking costs as much as copying a small file. */
  readonly #cannotClone = new Set<number>();

  constructor({ readOnly }: { readonly readOnly: boolean }) {
    this.#mayLink = readOnly && process.getuid?.() !== 0;
  }

  /** Says whether it has. */
  tryPlace(file: FileRange, target: string): boolean {
    const stats = this.#unchanged(file);
    if (this.#mayLink && isProtected(file.path) && attempt(() => linkSync(file.path, target))) return true;
    if (this.#cannotClone.has(stats.dev)) return false;
    const isCloned = attempt(() => copyFileSync(file.path, target, CLONE_ONLY));
    if (!isCloned) this.#cannotClone.add(stats.dev);
    return isCloned;
  }

  #unchanged(file: FileRange): Stats {
    const stats = statOrThrow(file.path);
    const change = fileChange(file, stats);
    if (change) throw change;
    return stats;
  }
}

const CLONE_ONLY = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;

function isProtected(path: string): boolean {
  const stats = lstatSync(path); // a symbolic link would be linked itself
  return stats.isFile() && (stats.mode & 0o222) === 0;
}

function statOrThrow(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadableFile(path, error);
  }
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
