// Runs in a thread of ours: everything here is synchronous.
import { closeSync, constants, fstatSync, readFileSync, readSync, type Stats } from 'node:fs';

import type { DirectoryHandle } from '../fs/directory-handle.js';
import type { Identity } from '../fs/identity.js';
import { writeAll } from '../fs/write-all.js';

/** A file that was completed, so that it can be told from one that was changed since. */
export interface FileRecord {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly version: string;
}

/** Which directory a log is about, as far as it says so, and where that is when it is complete. */
export interface ResumeLogHeader {
  readonly root: Identity | undefined;
  readonly path: string | undefined;
}

/** What a log says: which directory it is about, and the files that are complete in it or in earlier ones. */
export interface ResumeLogContent extends ResumeLogHeader {
  readonly records: ReadonlyMap<string, FileRecord>;
}

/**
 * Which files are complete, a line of JSON each, so that a download that was interrupted goes on where it was. The
 * records count only until the machine is restarted: after a power failure a file may have its length and not its bytes.
 */
export class ResumeLog {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Begins a log in the place of an earlier one, with what is still true of that. */
  static begin(directory: DirectoryHandle, { root, path, records }: ResumeLogContent): ResumeLog {
    const fd = createUnfinished(directory, RESUME_LOG);
    const log = new ResumeLog(fd);
    try {
      const header = JSON.stringify({ boot: bootId(), root, path });
      writeText(
        fd,
        [header, ...[...records.values()].map((record) => JSON.stringify(record)), ''].join('\n'),
      );
      directory.rename(RESUME_LOG + UNFINISHED, directory, RESUME_LOG);
      return log;
    } catch (error) {
      log.close();
      throw error;
    }
  }

  /** Reads a log; one that is not there, or not ours, says nothing. */
  static read(directory: DirectoryHandle, name = RESUME_LOG): ResumeLogContent {
    const [header = '', ...lines] = readOwnFile(directory, name).split('\n');
    const { boot, root, path } = readHeader(header);
    const records = new Map<string, FileRecord>();
    for (const line of boot === bootId() ? lines : []) {
      const record = parse(line) as FileRecord | undefined;
      if (record) records.set(record.path, record);
    }
    return { root, path, records };
  }

  /** Reads the beginning of a log only. */
  static readHeader(directory: DirectoryHandle, name: string): ResumeLogHeader {
    const [header = ''] = readOwnFile(directory, name, readBeginning).split('\n', 1);
    return readHeader(header);
  }

  /** Whether a name in a directory is a log's. */
  static isName(name: string): boolean {
    return name === RESUME_LOG || name === RESUME_LOG + UNFINISHED;
  }

  add(record: FileRecord): void {
    writeText(this.#fd, `${JSON.stringify(record)}\n`);
  }

  /** Copies the log to another directory, whole or not at all. */
  copyTo(directory: DirectoryHandle, name: string): void {
    const fd = createUnfinished(directory, name);
    try {
      const buffer = Buffer.allocUnsafeSlow(COPY_BYTES);
      for (let position = 0, length = -1; length !== 0; position += length) {
        length = readSync(this.#fd, buffer, 0, COPY_BYTES, position);
        writeAll(fd, buffer.subarray(0, length));
      }
    } finally {
      closeSync(fd);
    }
    directory.rename(name + UNFINISHED, directory, name);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Whether a file is still what was recorded, and has no other name by which somebody could change it. */
export function matches(stats: Stats, { size, mtimeMs }: FileRecord): boolean {
  return stats.isFile() && stats.nlink === 1 && stats.size === size && stats.mtimeMs === mtimeMs;
}

const RESUME_LOG = 'resume-log';
/** What a log's name ends in until its first lines are written. */
const UNFINISHED = '.unfinished';
const COPY_BYTES = 64 * 1024;
const HEADER_BYTES = 32 * 1024;

function createUnfinished(directory: DirectoryHandle, name: string): number {
  if (directory.statsOf(name + UNFINISHED)) directory.unlink(name + UNFINISHED);
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
  return directory.openFile(name + UNFINISHED, flags, 0o600);
}

function readHeader(line: string): ResumeLogHeader & { readonly boot: unknown } {
  const { boot, root, path } = (parse(line) ?? {}) as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === 'string';
  return { boot, root: isText(root) ? root : undefined, path: isText(path) ? path : undefined };
}

/** The content of an ordinary file that has one name; anything else counts as empty. */
function readOwnFile(directory: DirectoryHandle, name: string, read = readWhole): string {
  let fd: number | undefined;
  try {
    fd = directory.openFile(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    return stats.isFile() && stats.nlink === 1 ? read(fd) : '';
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readWhole(fd: number): string {
  return readFileSync(fd, 'utf8');
}

/** As much as the header may take: a path has up to 4 KiB, of which JSON makes up to six times as many. */
function readBeginning(fd: number): string {
  const buffer = Buffer.alloc(HEADER_BYTES);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, HEADER_BYTES, 0));
}

let boot: string | undefined;

function bootId(): string {
  try {
    return (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  } catch {
    return (boot ??= 'unknown');
  }
}

function writeText(fd: number, text: string): void {
  writeAll(fd, Buffer.from(text));
}

/** A line that was cut off when its process ended counts for nothing. */
function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
