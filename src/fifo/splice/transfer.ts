// Runs in the thread that splices: nothing here may wait for a reader.
import { constants } from 'node:fs';

import type { LocalPart, FileRange } from '../../body/body.js';
import { fileChange, fileResized, unreadableFile } from '../../fs/file-errors.js';
import { PipeModeError } from '../../errors.js';
import { EAGAIN, EINVAL, EPIPE, type Libc, systemError } from '../../native/libc.js';

/** Where a transfer stands after a step: it can go on, the pipe is full, all is written, or the reader has left. */
export type Progress = 'more' | 'full' | 'done' | 'closed';

/** Shorter ranges are read and written together with their neighbours; longer ones are spliced. */
const SPLICE_FROM_BYTES = 64 * 1024;

/** What is gathered for one write. */
export const STAGE_BYTES = 256 * 1024;

/** As much as is moved before other transfers have their turn. */
const STEP_BYTES = 8 * 1024 * 1024;

interface OpenFile {
  readonly range: FileRange;
  readonly fd: number;
  readonly end: number;
  canSplice: boolean;
}

/**
 * Writes parts of bodies into a pipe, one after the other: long ranges of files by `splice`, without copying
 * them; everything else gathered into few writes.
 */
export class Transfer {
  readonly #libc: Libc;
  readonly #pipe: number;
  readonly #parts: readonly LocalPart[];
  /** How many bytes the pipe has taken, for the main thread to see. */
  readonly #taken: Float64Array;
  readonly #stage: Uint8Array;
  #staged = 0;
  #flushed = 0;
  #index = 0;
  /** How much of a part of bytes has been staged. */
  #position = 0;
  #file: OpenFile | undefined;
  readonly #offset = new BigInt64Array(1);

  constructor(libc: Libc, pipe: number, parts: readonly LocalPart[], taken: Float64Array, stage: Uint8Array) {
    this.#libc = libc;
    this.#pipe = pipe;
    this.#parts = parts;
    this.#taken = taken;
    this.#stage = stage;
  }

  /** Moves what the pipe has room for, within the bound of a step. */
  step(): Progress {
    for (let moved = 0; moved < STEP_BYTES;) {
      const result = this.#moveSome();
      if (typeof result === 'string') return result;
      moved += result;
    }
    return 'more';
  }

  /** Lets go of the file that is open. */
  close(): void {
    if (this.#file && this.#file.range.fd === undefined) this.#libc.close(this.#file.fd);
    this.#file = undefined;
  }

  #moveSome(): number | Progress {
    if (this.#flushed < this.#staged) return this.#flush();
    this.#flushed = this.#staged = 0;
    if (this.#file) return this.#moveFile(this.#file);
    if (this.#index === this.#parts.length) return 'done';
    this.#gather();
    return 0;
  }

  #flush(): number | Progress {
    const bytes = this.#stage.subarray(this.#flushed, this.#staged);
    const written = this.#libc.write(this.#pipe, bytes, bytes.length);
    if (written < 0) return this.#refused(written, 'write');
    this.#flushed += written;
    return this.#count(written);
  }

  #moveFile(file: OpenFile): number | Progress {
    const position = Number(this.#offset[0]);
    if (position === file.end) {
      this.#finishFile(file);
      return 0;
    }
    if (!file.canSplice) return this.#stageFile(file, position);
    const moved = this.#libc.splice(file.fd, this.#offset, this.#pipe, file.end - position);
    if (moved === -EINVAL) {
      file.canSplice = false; // not every file system can: it is read instead
      return 0;
    }
    if (moved < 0) return this.#refused(moved, 'splice', file.range);
    if (moved === 0) throw this.#cutOff(file.range, file.fd);
    return this.#count(moved);
  }

  #stageFile(file: OpenFile, position: number): number {
    const length = Math.min(file.end - position, this.#stage.length);
    this.#staged = this.#read(file.fd, file.range, position, length);
    if (this.#staged === 0) throw this.#cutOff(file.range, file.fd);
    this.#offset[0] = BigInt(position + this.#staged);
    return 0;
  }

  /** Stages parts until the stage is full, or a part comes that is spliced. */
  #gather(): void {
    for (; this.#index < this.#parts.length; this.#index++) {
      const part = this.#parts[this.#index]!;
      if (part instanceof Uint8Array) {
        if (!this.#stageBytes(part)) return;
      } else if (part.length >= SPLICE_FROM_BYTES) {
        this.#index++;
        this.#openLong(part);
        return;
      } else {
        if (part.length > this.#stage.length - this.#staged) return;
        this.#stageShort(part);
      }
    }
  }

  /** Says whether all of them had room. */
  #stageBytes(bytes: Uint8Array): boolean {
    const length = Math.min(bytes.length - this.#position, this.#stage.length - this.#staged);
    this.#stage.set(bytes.subarray(this.#position, this.#position + length), this.#staged);
    this.#staged += length;
    this.#position += length;
    if (this.#position < bytes.length) return false;
    this.#position = 0;
    return true;
  }

  #stageShort(range: FileRange): void {
    const fd = this.#open(range);
    try {
      const length = this.#read(fd, range, range.offset, range.length);
      if (length < range.length) throw this.#cutOff(range, fd);
      this.#staged += length;
      if (range.fd === undefined) this.#checkUnchanged(range, fd);
    } finally {
      if (range.fd === undefined) this.#libc.close(fd);
    }
  }

  #openLong(range: FileRange): void {
    const fd = this.#open(range);
    this.#file = { range, fd, end: range.offset + range.length, canSplice: true };
    this.#offset[0] = BigInt(range.offset);
    if (range.fd === undefined) this.#checkUnchanged(range, fd);
  }

  #finishFile({ range, fd }: OpenFile): void {
    if (range.fd === undefined) this.#checkUnchanged(range, fd);
    this.close();
  }

  #open(range: FileRange): number {
    if (range.fd !== undefined) return range.fd;
    // Without O_NONBLOCK, a FIFO that has taken the file's place would block the thread for good.
    const fd = this.#libc.open(range.path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fd < 0) throw unreadableFile(range.path, systemError(fd, 'open', range.path));
    return fd;
  }

  #read(fd: number, range: FileRange, offset: number, length: number): number {
    const read = this.#libc.pread(fd, this.#stage.subarray(this.#staged), length, offset);
    if (read < 0) throw unreadableFile(range.path, systemError(read, 'read', range.path));
    return read;
  }

  #checkUnchanged(range: FileRange, fd: number): void {
    const change = fileChange(range, this.#libc.fileStatus(fd));
    if (change) throw change;
  }

  #cutOff({ path, fileSize, offset, length }: FileRange, fd: number): Error {
    return fileResized(path, fileSize ?? offset + length, this.#libc.fileStatus(fd).size);
  }

  #count(bytes: number): number {
    this.#taken[0]! += bytes;
    return bytes;
  }

  #refused(result: number, syscall: string, range?: FileRange): Progress {
    if (result === -EAGAIN) return 'full';
    if (result === -EPIPE) return 'closed';
    const path = range?.path ?? 'the FIFO';
    throw range
      ? unreadableFile(path, systemError(result, syscall, path))
      : writeFailed(systemError(result, syscall, path));
  }
}

function writeFailed(cause: Error): PipeModeError {
  return new PipeModeError('WRITE_FAILED', `Writing to the FIFO failed: ${cause.message}.`, { cause });
}
