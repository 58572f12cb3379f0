import { type BigIntStats, lstatSync } from 'node:fs';

/**
 * What tells a file or directory from any other, also from one that gets the same inode number after it was removed:
 * device, inode and, where the file system knows it, the moment at which it was made. A rename does not change it.
 */
export type Identity = string;

export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): Identity {
  return `${dev}:${ino}:${birthtimeNs > 0n && areBirthtimesReal() ? birthtimeNs : ''}`;
}

/** Whether an identity cannot be given away again: whoever has only numbers must not rely on them for long. */
export function isUnique(identity: Identity): boolean {
  return !identity.endsWith(':');
}

let real: boolean | undefined;

/**
 * Whether Node tells when things were made. Without `statx`, which old kernels do not have and some sandboxes forbid,
 * it gives the time of the last change instead, of everything, and that changes.
 */
function areBirthtimesReal(): boolean {
  return (real ??= OLD_PATHS.some((path) => {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && stats.birthtimeNs !== stats.ctimeNs;
  }));
}

/** What is mostly older than its last change. */
const OLD_PATHS = ['/', '/etc', '/var', '/tmp', process.execPath];
