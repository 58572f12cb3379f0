import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

import { debugTo } from '../debug.js';
import type { FileStatus } from '../fs/file-errors.js';
import { canRequire, loadedAddon, requireLater } from '../require-later.js';

const debug = debugTo('native');

/**
 * The system calls that Node does not offer, through koffi. Only on Linux, and only if koffi is installed: it is
 * an optional dependency, and everything works without it, less quickly.
 *
 * Numbers below zero are negated error numbers, as from the kernel.
 */
export interface Libc {
  mkfifo(path: string, mode: number): number;
  open(path: string, flags: number): number;
  /** Opens a file by its name in a directory that is open. */
  openat(directory: number, name: string, flags: number): number;
  /** Makes a pipe. Both ends block. */
  pipe(): { readonly reading: number; readonly writing: number };
  close(fd: number): number;
  /** Reads at `offset`, up to the buffer's length. */
  pread(fd: number, buffer: Uint8Array, length: number, offset: number): number;
  write(fd: number, buffer: Uint8Array, length: number): number;
  /** Moves up to `length` bytes of a file, from `offset[0]` on, which it advances, into a pipe. Does not wait for room. */
  splice(file: number, offset: BigInt64Array, pipe: number, length: number): number;
  /** Waits for events on `count` entries of `struct pollfd`, `timeoutMs` at most. */
  poll(entries: Uint8Array, count: number, timeoutMs: number): number;
  /** Makes a counter that can be waited for with `poll`. */
  eventfd(): number;
  /** Sets the size of a pipe's buffer in bytes, and gives the size that it has then. */
  setPipeSize(fd: number, bytes: number): number;
  /** The size of a pipe's buffer in bytes. */
  pipeSize(fd: number): number;
  /** How many bytes of a pipe nobody has read. Any of its descriptors will do. */
  unread(fd: number): number;
  /** What `fstat` of `node:fs` says of a file. */
  fileStatus(fd: number): OpenFileStatus;
}

/** What there is to know of a file, as in `Stats` of `node:fs`. */
export interface OpenFileStatus extends FileStatus {
  /** Its kind and permission bits. */
  readonly mode: number;
}

/** Entries for `Libc.poll`, as `struct pollfd` has them. */
export const POLL_ENTRY_BYTES = 8;
export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;

export const { EAGAIN, EPIPE, EINVAL, ENXIO } = constants.errno;

const SPLICE_F_NONBLOCK = 2;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const FIONREAD = 0x541b;
/** As Node does for every descriptor: programs that are started must not inherit it. */
const CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const AT_EMPTY_PATH = 0x1000;
const STATX_TYPE_AND_MODE = 0x3;
const STATX_MTIME = 0x40;
const STATX_CTIME = 0x80;
const STATX_INO = 0x100;
const STATX_SIZE = 0x200;
const STATX_WANTED = STATX_TYPE_AND_MODE | STATX_MTIME | STATX_CTIME | STATX_INO | STATX_SIZE;
/** Where `struct statx` has what is asked for, in bytes. */
const STATX = { mode: 28, inode: 32, size: 40, ctime: 96, mtime: 112 } as const;

type NativeFunction = (...args: unknown[]) => number;
interface Koffi {
  load(path: string | null): { func(declaration: string): NativeFunction };
  errno(): number;
}
/** The addon is its default export, with the same functions. */
interface KoffiModule extends Koffi {
  readonly default?: unknown;
}

let loaded: Libc | null | undefined;
let addon: string | undefined;

/**
 * The binding, or `undefined` where it cannot be had. Loaded on first use.
 *
 * @param knownAddon - the file of koffi's addon, if another thread has loaded it: its modules take longer to load than it
 */
export function loadLibc(knownAddon?: string): Libc | undefined {
  if (loaded === undefined) loaded = tryLoad(knownAddon);
  return loaded ?? undefined;
}

/** The file of koffi's addon, if it was loaded and that is known. */
export function koffiAddon(): string | undefined {
  return addon;
}

/** Whether the binding can probably be had, without loading it. */
export function mayHaveLibc(): boolean {
  if (loaded !== undefined) return loaded !== null;
  return process.platform === 'linux' && canRequire('koffi');
}

/** An error like those of `node:fs`, from a negated error number. */
export function systemError(result: number, syscall: string, path: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(result);
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { errno: result, code, syscall, path });
}

function tryLoad(knownAddon: string | undefined): Libc | null {
  if (process.platform !== 'linux') return null;
  try {
    return tryBindAddon(knownAddon) ?? bindModule();
  } catch (error) {
    debug('koffi cannot be used, so nothing is spliced: %s', (error as Error).message);
    return null;
  }
}

function bindModule(): Libc {
  const koffi = requireLater('koffi') as KoffiModule;
  addon = loadedAddon(koffi.default);
  const libc = bind(koffi);
  debug('koffi was found: files are spliced');
  return libc;
}

/** `undefined` if no addon is known, or this one is not what it was elsewhere. */
function tryBindAddon(path: string | undefined): Libc | undefined {
  if (path === undefined) return undefined;
  try {
    const module = { exports: {} };
    process.dlopen(module, path);
    const koffi = module.exports as Koffi;
    if (typeof koffi.errno !== 'function') throw new Error('its addon has no errno()');
    return bind(koffi);
  } catch (error) {
    debug('koffi is loaded by its modules: %s', (error as Error).message);
    return undefined;
  }
}

function bind(koffi: Koffi): Libc {
  const process = koffi.load(null);
  const bound = (declaration: string): NativeFunction => process.func(declaration);
  /** Called for every file: each call is written out, because rest parameters cost as much as the call. */
  const negated = (result: number): number => (result < 0 ? -koffi.errno() : result);
  const mkfifo = bound('int mkfifo(const char *path, unsigned int mode)');
  const open = bound('int open(const char *path, int flags)');
  const openat = bound('int openat(int directory, const char *name, int flags)');
  const close = bound('int close(int fd)');
  const pipe2 = bound('int pipe2(void *ends, int flags)');
  const pread = bound('intptr_t pread(int fd, void *buffer, size_t length, int64_t offset)');
  const write = bound('intptr_t write(int fd, void *buffer, size_t length)');
  const splice = bound(
    'intptr_t splice(int from, void *offset, int to, void *none, size_t length, unsigned int flags)',
  );
  const poll = bound('int poll(void *entries, unsigned long count, int timeout)');
  const fcntl = bound('int fcntl(int fd, int command, int argument)');
  const ioctl = bound('int ioctl(int fd, unsigned long request, void *argument)');
  const eventfd = bound('int eventfd(unsigned int value, int flags)');
  const statx = bound('int statx(int fd, const char *path, int flags, unsigned int mask, void *buffer)');
  const status = new StatusBuffer();
  const unread = new Int32Array(1);
  return {
    mkfifo: (path, mode) => negated(mkfifo(path, mode)),
    open: (path, flags) => negated(open(path, flags | CLOEXEC)),
    openat: (directory, name, flags) => negated(openat(directory, name, flags | CLOEXEC)),
    pipe: () => {
      const ends = new Int32Array(2);
      orThrow(negated(pipe2(ends, CLOEXEC)), 'pipe2');
      return { reading: ends[0]!, writing: ends[1]! };
    },
    close: (fd) => negated(close(fd)),
    pread: (fd, buffer, length, offset) => negated(pread(fd, buffer, length, offset)),
    write: (fd, buffer, length) => negated(write(fd, buffer, length)),
    splice: (file, offset, pipe, length) =>
      negated(splice(file, offset, pipe, null, length, SPLICE_F_NONBLOCK)),
    poll: (entries, count, timeoutMs) => negated(poll(entries, count, timeoutMs)),
    eventfd: () => orThrow(negated(eventfd(0, EFD_NONBLOCK | CLOEXEC)), 'eventfd'),
    setPipeSize: (fd, bytes) => negated(fcntl(fd, F_SETPIPE_SZ, bytes)),
    pipeSize: (fd) => orThrow(negated(fcntl(fd, F_GETPIPE_SZ, 0)), 'fcntl'),
    unread: (fd) => {
      orThrow(negated(ioctl(fd, FIONREAD, unread)), 'ioctl');
      return unread[0]!;
    },
    fileStatus: (fd) => {
      orThrow(negated(statx(fd, '', AT_EMPTY_PATH, STATX_WANTED, status.bytes)), 'statx');
      return status.read();
    },
  };
}

/**
 * A `struct statx`, whose layout is the same on every architecture, read in words: a `BigInt` or a method of `Buffer` for
 * each field would cost more than the call.
 */
class StatusBuffer {
  readonly bytes = new Uint8Array(256);
  readonly #words = new Uint32Array(this.bytes.buffer);

  /** As `fstat` of Node does, and rounded like that. */
  read(): OpenFileStatus {
    const words = this.#words;
    return {
      mode: words[STATX.mode / 4]! & 0xffff,
      ino: words[STATX.inode / 4 + 1]! * 2 ** 32 + words[STATX.inode / 4]!,
      size: words[STATX.size / 4 + 1]! * 2 ** 32 + words[STATX.size / 4]!,
      mtimeMs: this.#time(STATX.mtime / 4),
      ctimeMs: this.#time(STATX.ctime / 4),
    };
  }

  /** Signed seconds and nanoseconds. */
  #time(at: number): number {
    const words = this.#words;
    const seconds = (words[at + 1]! | 0) * 2 ** 32 + words[at]!;
    return seconds * 1000 + words[at + 2]! / 1e6;
  }
}

function orThrow(result: number, syscall: string): number {
  if (result < 0) throw systemError(result, syscall, '');
  return result;
}
