import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { debugTo } from '../debug.js';
import { forgetBelow } from '../directory/completed-directories.js';
import { removeWhole } from '../directory/remove-whole.js';
import { isGone, ownName } from './owner.js';

const debug = debugTo('runner');

const PREFIX = 'sagemaker-pipe-mode-';

/** Whose it is, and something random. */
const NAME = new RegExp(`^${PREFIX}(?:job|endpoint|pipe)-(.+)_[0-9a-f]{8}$`);

/** Paths should not be long, and so much tells one boot of a machine from another. */
const BOOT_CHARACTERS = 8;

/** A path below `os.tmpdir()` for a directory of this process, which says so by its name. It is not made. */
export function ownDirectoryPath(what: 'job' | 'endpoint' | 'pipe'): string {
  const [boot, ...rest] = ownName().split(':');
  const owner = [boot!.slice(0, BOOT_CHARACTERS), ...rest].join('_');
  return join(tmpdir(), `${PREFIX}${what}-${owner}_${randomBytes(4).toString('hex')}`);
}

/** Whether a name is that of a directory whose process is gone. What is of another boot stays: the system empties /tmp. */
function isLeft(name: string): boolean {
  const [boot, ...rest] = NAME.exec(name)?.[1]?.split('_') ?? [];
  const [own] = ownName().split(':');
  return boot === own!.slice(0, BOOT_CHARACTERS) && isGone([own, ...rest].join(':'), false);
}

let sweeping: Promise<void> | undefined;

/**
 * Removes the directories of this user's processes that were killed, once per process. Those of processes that live, or
 * that cannot be seen from here, are not touched. Never rejects: what cannot be removed stays.
 */
export function sweepDirectories(): Promise<void> {
  return (sweeping ??= sweep().catch((error: unknown) => debug('cannot sweep %s: %s', tmpdir(), error)));
}

async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name);
    if (!isLeft(name) || !isOwn(path)) continue;
    await removeWhole(path).catch((error: unknown) => debug('%s is not removed: %s', path, error));
    forgetBelow(path);
  }
}

/** Names can be given by anybody. */
function isOwn(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.geteuid!();
}
