import { type Dirent, readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { PipeModeError } from '../../errors.js';

/** Text in which each character stands for a byte: names of files may be no UTF-8. */
export type ByteText = string;

/** What stands in a directory that is to be covered, and has to be there still. */
export interface KeptEntry {
  readonly name: ByteText;
  readonly kind: 'directory' | 'file' | 'link';
  /** Where a link leads. */
  readonly target?: ByteText;
}

/** @throws {@link PipeModeError} `RUNNER_UNAVAILABLE` */
export function entriesOf(directory: string): KeptEntry[] {
  try {
    return readdirSync(Buffer.from(directory), { withFileTypes: true, encoding: 'buffer' }).map((entry) =>
      toKept(directory, entry as unknown as Dirent<Buffer>),
    );
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const message = `No program can get an /opt/ml of its own here: "${directory}" cannot be listed (${code}). Make it readable.`;
    throw new PipeModeError('RUNNER_UNAVAILABLE', message, { path: directory, cause });
  }
}

function toKept(directory: string, entry: Dirent<Buffer>): KeptEntry {
  const name = entry.name.toString('latin1');
  if (entry.isDirectory()) return { name, kind: 'directory' };
  if (!entry.isSymbolicLink()) return { name, kind: 'file' };
  const path = Buffer.concat([Buffer.from(`${directory}/`), entry.name]);
  return { name, kind: 'link', target: readlinkSync(path, { encoding: 'latin1' }) };
}

/** A directory below the root in which nothing is mounted: a place for a root of our own. */
export function unmountedDirectory(entries: readonly KeptEntry[]): string | undefined {
  const mounts = mountPoints();
  const isFree = (path: string) => !mounts.some((mount) => mount === path || mount.startsWith(`${path}/`));
  return entries
    .filter(({ kind, name }) => kind === 'directory' && /^[\w.-]+$/.test(name))
    .map(({ name }) => `/${name}`)
    .find(isFree);
}

function mountPoints(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '');
}
