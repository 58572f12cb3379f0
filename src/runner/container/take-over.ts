import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readlink, rename, utimes } from 'node:fs/promises';

import { removeWhole } from '../../directory/remove-whole.js';

/** Names need not be UTF-8. */
type Path = Buffer;

/** Says whether a new file may take the place of the one that is there, or of nothing. */
export type MayCome = (name: Buffer, stats: Stats) => Promise<boolean>;

const COMPARED_BYTES = 1024 * 1024;

/**
 * Makes a directory like another one, by moving from that what is new. What is the same in both stays the file that it is, so
 * that whoever has copied it need not copy it again.
 *
 * @throws errors of the system; `ENOTDIR` if what to move from is no directory itself: what a link leads to is somebody else's
 */
export async function takeOver(from: string, to: string, mayCome: MayCome = async () => true): Promise<void> {
  await takeOverDirectory(Buffer.from(from), Buffer.from(to), Buffer.alloc(0), mayCome);
}

async function takeOverDirectory(from: Path, to: Path, name: Buffer, mayCome: MayCome): Promise<void> {
  const stats = await lstat(from);
  if (!stats.isDirectory()) throw noDirectory(from);
  const { mode, atime, mtime } = stats;
  await chmod(from, mode | 0o700); // or nothing can be moved out of it
  if ((await statsOf(to))?.isDirectory() !== true) {
    await removeWhole(to);
    await mkdir(to);
  }
  await chmod(to, mode | 0o700);
  const names = await readdir(from, { encoding: 'buffer' });
  const wanted = new Set(names.map((each) => each.toString('latin1'))); // a character for each byte
  for (const present of await readdir(to, { encoding: 'buffer' }))
    if (!wanted.has(present.toString('latin1'))) await removeWhole(below(to, present));
  for (const each of names)
    await takeOverEntry(
      below(from, each),
      below(to, each),
      name.length === 0 ? each : below(name, each),
      mayCome,
    );
  await chmod(to, mode);
  await utimes(to, atime, mtime);
}

async function takeOverEntry(from: Path, to: Path, name: Buffer, mayCome: MayCome): Promise<void> {
  const stats = await lstat(from);
  if (stats.isDirectory()) {
    await takeOverDirectory(from, to, name, mayCome);
    return;
  }
  const present = await statsOf(to);
  if (present !== undefined && (await areSame(from, stats, to, present))) return;
  if (stats.isFile() && !(await mayCome(name, stats))) return;
  if (present?.isDirectory()) await removeWhole(to);
  await rename(from, to);
}

async function areSame(a: Path, ofA: Stats, b: Path, ofB: Stats): Promise<boolean> {
  if (ofA.isSymbolicLink() && ofB.isSymbolicLink())
    return (await readlink(a, 'buffer')).equals(await readlink(b, 'buffer'));
  if (!ofA.isFile() || !ofB.isFile() || ofA.size !== ofB.size) return false;
  if (toSecond(ofA) !== toSecond(ofB)) return false;
  return await haveSameContent(a, b).catch(() => false); // one may be unreadable
}

/** Archives have the times of files to the second. */
export function toSecond({ mtimeMs }: Pick<Stats, 'mtimeMs'>): number {
  return Math.floor(mtimeMs / 1000);
}

async function haveSameContent(a: Path, b: Path): Promise<boolean> {
  await using fileA = await open(a);
  await using fileB = await open(b);
  const [bytesA, bytesB] = [Buffer.alloc(COMPARED_BYTES), Buffer.alloc(COMPARED_BYTES)];
  for (;;) {
    const [{ bytesRead: read }, other] = await Promise.all([
      fileA.read(bytesA, 0, COMPARED_BYTES),
      fileB.read(bytesB, 0, COMPARED_BYTES),
    ]);
    if (read !== other.bytesRead || bytesA.compare(bytesB, 0, read, 0, read) !== 0) return false;
    if (read === 0) return true;
  }
}

async function statsOf(path: Path): Promise<Stats | undefined> {
  return await lstat(path).catch(() => undefined);
}

function noDirectory(path: Path): Error {
  const message = `ENOTDIR: not a directory, '${path.toString()}'`;
  return Object.assign(new Error(message), { code: 'ENOTDIR', path: path.toString() });
}

function below(directory: Path, name: Buffer): Path {
  return Buffer.concat([directory, Buffer.from('/'), name]);
}
