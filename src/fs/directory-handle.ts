// Everything here is synchronous: made for threads of ours.
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  type Dirent,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type PathLike,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';

/** The name of an entry: bytes where it may be no UTF-8. */
export type EntryName = string | Buffer;

/**
 * How the entries of a directory that is open are reached, so that no link and no rename can lead elsewhere:
 * - `descriptor`: through its descriptor, as `/proc/self/fd/N/name`, as good as the system's `openat` (Linux);
 * - `volume`: through its inode, as `/.vol/device/inode/name` (macOS);
 * - `path`: by its path, after a look whether that still leads to it. Whoever replaces it in that very moment wins.
 */
export type Addressing = 'descriptor' | 'volume' | 'path';

/** Opens a directory without any right to list it, which is enough to reach what is in it. Linux only. */
const O_PATH = 0o10000000;

/**
 * A directory that is open, and what can be done to its entries. Names are single names, not paths, and a symbolic link
 * is never followed, so nothing that others do to the directory's path or in the directory leads out of it.
 */
export class DirectoryHandle {
  /** Where it was when it was opened: for messages. */
  readonly path: string;
  readonly #fd: number;
  readonly #addressing: Addressing;
  readonly #address: string;

  private constructor(path: string, fd: number, addressing: Addressing) {
    this.path = path;
    this.#fd = fd;
    this.#address = addressOf(path, fd, addressing);
    this.#addressing = this.#address === path ? 'path' : addressing;
  }

  /** Opens what the caller has named: links in the path are followed. */
  static open(path: string | Buffer, addressing = bestAddressing()): DirectoryHandle {
    return new DirectoryHandle(String(path), openSync(path, openFlags(addressing)), addressing);
  }

  /** Opens a directory in this one; `ENOTDIR` or `ELOOP` if it is something else. */
  openDirectory(name: EntryName): DirectoryHandle {
    const flags = openFlags(this.#addressing) | constants.O_NOFOLLOW;
    const fd = this.#do(name, (path) => openSync(path, flags));
    return new DirectoryHandle(`${this.path}/${String(name)}`, fd, this.#addressing);
  }

  makeDirectory(name: string, mode: number): void {
    this.#do(name, (path) => mkdirSync(path, mode));
  }

  /** Opens a file. Made to be called with `O_EXCL` where the file is to be made. */
  openFile(name: string, flags: number, mode?: number): number {
    return this.#do(name, (path) => openSync(path, flags | constants.O_NOFOLLOW, mode));
  }

  /** What an entry is; `undefined` if there is none. */
  statsOf(name: EntryName): BigIntStats | undefined {
    return this.#do(name, (path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  }

  /** What the directory itself is. */
  stats(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  /** The names of the entries, as far as they are UTF-8. */
  names(): string[] {
    return this.#do('.', (path) => readdirSync(path));
  }

  entries(): Dirent<Buffer>[] {
    return this.#do('.', (path) => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }));
  }

  /** Gives an entry of this directory a name in another one; replaces what may be replaced there. */
  rename(name: EntryName, target: DirectoryHandle, newName: string): void {
    this.#do(name, (from) => {
      target.#do(newName, (to) => renameSync(from, to));
    });
  }

  unlink(name: EntryName): void {
    this.#do(name, (path) => unlinkSync(path));
  }

  removeDirectory(name: EntryName): void {
    this.#do(name, (path) => rmdirSync(path));
  }

  /** Sets the directory's own permission bits. */
  chmod(mode: number): void {
    if (this.#addressing === 'descriptor') chmodSync(this.#address, mode);
    else fchmodSync(this.#fd, mode);
  }

  /** A path to an entry, for what takes nothing else. Good until the directory is closed. */
  pathTo(name: string): string {
    if (this.#addressing === 'path') this.#checkPlace();
    return `${this.#address}/${name}`;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #do<T>(name: EntryName, act: (path: PathLike) => T): T {
    if (this.#addressing === 'path') this.#checkPlace();
    try {
      return act(joined(this.#address, name));
    } catch (error) {
      throw withRealPath(error, this.#address, this.path);
    }
  }

  #checkPlace(): void {
    if (isSame(lstatSync(this.path, { bigint: true }), this.stats())) return;
    const message = `ESTALE: the directory was replaced, '${this.path}'`;
    throw Object.assign(new Error(message), { code: 'ESTALE', path: this.path });
  }
}

let best: Addressing | undefined;

function bestAddressing(): Addressing {
  if (process.platform === 'darwin') return 'volume';
  return (best ??= process.platform === 'linux' && hasDescriptorPaths() ? 'descriptor' : 'path');
}

/** Not where /proc is not mounted. */
function hasDescriptorPaths(): boolean {
  const fd = openSync('/', openFlags('path'));
  try {
    return leadsTo(`/proc/self/fd/${fd}`, fd);
  } finally {
    closeSync(fd);
  }
}

function openFlags(addressing: Addressing): number {
  return constants.O_DIRECTORY | (addressing === 'descriptor' ? O_PATH : constants.O_RDONLY);
}

function addressOf(path: string, fd: number, addressing: Addressing): string {
  if (addressing === 'descriptor') return `/proc/self/fd/${fd}`;
  if (addressing === 'path') return path;
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const address = `/.vol/${dev}/${ino}`;
  return leadsTo(address, fd) ? address : path; // not every file system has it
}

function leadsTo(address: string, fd: number): boolean {
  try {
    return isSame(statSync(address, { bigint: true }), fstatSync(fd, { bigint: true }));
  } catch {
    return false;
  }
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function joined(address: string, name: EntryName): string | Buffer {
  return typeof name === 'string' ? `${address}/${name}` : Buffer.concat([Buffer.from(`${address}/`), name]);
}

/** Errors name paths that mean something to people. */
function withRealPath(error: unknown, address: string, path: string): unknown {
  if (!(error instanceof Error) || address === path) return error;
  const { path: failed } = error as NodeJS.ErrnoException;
  error.message = error.message.replaceAll(address, path);
  return Object.assign(error, failed === undefined ? {} : { path: failed.replace(address, path) });
}
