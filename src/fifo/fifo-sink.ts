import { closeSync } from 'node:fs';
import { isAbsolute } from 'node:path';

import type { LocalPart } from '../body/body.js';
import { PipeModeError } from '../errors.js';
import { type Libc, loadLibc } from '../native/libc.js';
import { leaseThreads, type ThreadLease } from '../workers/threads.js';
import { makeRemovedAtExit, removeNow } from './exit-cleanup.js';
import { type Fifo, hasNoReader, makeFifo, openForWriting } from './fifo.js';
import { enlargePipe } from './pipe-size.js';
import { PipeSocket } from './pipe-socket.js';
import { waitForReader } from './reader-wait.js';
import { looksLarge } from './splice/looks-large.js';
import { copyThread, spliceThread } from './splice/pump-thread.js';
import type { FilesBelow, FilesProgress } from './splice/pump-messages.js';
import type { PumpedPipe, PumpOutcome } from './splice/pumped-pipe.js';

/** How a FIFO is made. */
export interface FifoSinkOptions {
  /** Where: an absolute path. Directories above it are made. */
  readonly path: string;
  /** Its permission bits, whatever the umask. Default `0o644`: everybody may read. */
  readonly mode?: number | undefined;
  /**
   * Whether to use system calls that Node does not offer: a larger pipe, and `splice`, which moves files into it
   * without copying them. Default `true`; `false` where the environment variable `SAGEMAKER_PIPE_MODE_ZERO_COPY`
   * is `0`. Without effect on other systems than Linux, and where the optional dependency koffi is not installed.
   */
  readonly zeroCopy?: boolean | undefined;
}

/** Bytes in memory are written in pieces of so many, so that the end of a reader is noticed in between. */
const PIECE_BYTES = 1024 * 1024;

/** How often to look whether the reader is still there while there is nothing to write, in milliseconds. */
const WATCH_MS = 50;

/**
 * One FIFO, from its making to its end. Its methods are called in this order: `create()`, `opened()`, any
 * number of `write…()` one at a time, `close()`; `close()` may be called at any time, and ends whatever is
 * waiting. The reader sees the end of the data when the sink is closed, and only then.
 *
 * Nothing in here blocks the thread or libuv's thread pool, however long a reader takes.
 *
 * @example One file into one FIFO
 * ```ts
 * const sink = new FifoSink({ path: '/tmp/data/training_0' });
 * await sink.create();
 * await sink.opened();
 * await sink.write(bytes);        // false: the reader has left
 * await sink.close();
 * ```
 */
export class FifoSink {
  /** The FIFO's path. */
  readonly path: string;
  readonly #mode: number;
  #fifo: Fifo | undefined;
  readonly #libc: Libc | undefined;
  #fd: number | undefined;
  #socket: PipeSocket | undefined;
  #threads: ThreadLease | undefined;
  /** In the thread that moves files, once there was one. */
  #pumped: PumpedPipe | undefined;
  /** How many bytes the pipe has taken; shared with the thread that splices. */
  readonly #taken = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  #readerLeft = false;
  /** How many calls of `write…()` are under way. */
  #writing = 0;
  readonly #over = new AbortController();
  #closed: Promise<void> | undefined;
  #interrupt: (() => void) | undefined;

  /** @throws {@link PipeModeError} `INVALID_OPTION` if the path is not absolute. */
  constructor({ path, mode = 0o644, zeroCopy = isZeroCopyDefault() }: FifoSinkOptions) {
    if (!isAbsolute(path)) {
      throw new PipeModeError('INVALID_OPTION', `Expected \`path\` to be an absolute path, got "${path}".`);
    }
    this.path = path;
    this.#mode = mode;
    this.#libc = zeroCopy ? loadLibc() : undefined;
  }

  /** How many bytes the pipe has taken so far. */
  get bytesWritten(): number {
    return this.#taken[0]!;
  }

  /** Whether the reader has closed the FIFO before the sink did. */
  get readerLeft(): boolean {
    return this.#readerLeft;
  }

  /** Aborted when nothing can be written any more: the reader has left, or the sink was closed. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether a write waits for the reader to make room. */
  get isWriting(): boolean {
    return this.#writing > 0;
  }

  /**
   * Makes the FIFO. A FIFO that is already there is taken for one that a crashed run has left, and replaced.
   *
   * @throws {@link PipeModeError} `DEST_NOT_A_DIRECTORY`, `DEST_NOT_WRITABLE`, `DEST_CANNOT_HOLD_FIFOS`,
   * `NOT_A_FIFO`, `UNSUPPORTED_PLATFORM`.
   */
  async create(): Promise<void> {
    const { path } = this;
    this.#fifo = await makeRemovedAtExit(path, () => makeFifo(path, this.#mode, this.#libc));
    if (this.#closed) removeNow(this.#fifo);
  }

  /**
   * Waits until a reader has the FIFO open, for as long as it takes.
   *
   * @throws {@link PipeModeError} `FIFO_REPLACED`, `DEST_NOT_WRITABLE`; `ABORTED` if the sink is closed.
   */
  async opened(): Promise<void> {
    const fd = await waitForReader(this.#fifo!, this.#libc, this.#over.signal);
    if (this.#isOver) closeSync(fd); // closed since the descriptor was opened, so nobody else will
    this.#over.signal.throwIfAborted();
    this.#fd = fd;
    if (this.#libc) enlargePipe(this.#libc, fd);
  }

  /**
   * Begins to start the thread that moves files, so that it is there when the first one is written. Not needed.
   *
   * @param directory - where many files are that it will list itself
   */
  expectFiles(directory?: string): void {
    this.#threads ??= leaseThreads();
    const thread = this.#thread();
    if (directory !== undefined && looksLarge(directory)) thread.startHelper();
  }

  /**
   * Writes bytes, and resolves when the pipe has taken them: with `true`, or with `false` if the reader has
   * left. The bytes must not change until then.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`.
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      if (!(await this.#writePieces([bytes.subarray(start, start + PIECE_BYTES)]))) return false;
    }
    return !this.#isOver;
  }

  /**
   * Writes parts of bodies, one after the other, by the fastest way there is for them. While parts with files in them
   * are written, more parts with files may be given: the last 1 MiB of all that was given is copied, because nothing
   * that is moved without copying may be unread when there is nothing behind it; the rest is moved.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`, or what is wrong with a file.
   */
  async writeParts(parts: readonly LocalPart[]): Promise<boolean> {
    if (parts.some((part) => !(part instanceof Uint8Array))) return await this.#writeFiles(parts);
    let small: Uint8Array[] = [];
    for (const bytes of parts as readonly Uint8Array[]) {
      small.push(bytes);
      if (bytes.length < PIECE_BYTES) continue;
      small.pop();
      if (!(await this.#writePieces(small)) || !(await this.write(bytes))) return false;
      small = [];
    }
    return await this.#writePieces(small);
  }

  /**
   * Writes the files below a path, which the thread that moves them lists by itself.
   *
   * @internal
   */
  async writeFilesBelow(below: FilesBelow, onProgress: (progress: FilesProgress) => void): Promise<boolean> {
    return !this.#isOver && (await this.#pump((pipe) => pipe.writeFiles(below, onProgress)));
  }

  /**
   * Resolves when nothing of what was written can change any more: to be called after the last write, before `close()`.
   * Files are moved into the pipe without copying them, and a file that is written to before the reader has taken its
   * bytes is found out here. `false` if the reader has left.
   *
   * @throws {@link PipeModeError} `SOURCE_CHANGED`, `SOURCE_SHRANK`, `SOURCE_GREW`: the reader may have wrong bytes, and
   * must not see an end of the data.
   */
  async settle(): Promise<boolean> {
    if (this.#pumped && !this.#isOver && (await this.#pumped.settle()) === 'closed') this.#leave();
    return !this.#isOver;
  }

  /** What the promise resolves with, or `undefined` if the reader leaves (or the sink is closed) before. */
  unlessReaderLeaves<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.#isOver) {
      promise.catch(() => undefined); // nobody waits for it any more
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      const watch = setInterval(() => {
        if (hasNoReader(this.#fifo!, this.#fd!, this.#libc)) this.#leave();
      }, WATCH_MS);
      const settle = () => {
        clearInterval(watch);
        this.#interrupt = undefined;
      };
      this.#interrupt = () => {
        settle();
        resolve(undefined);
      };
      promise.finally(settle).then(resolve, reject);
    });
  }

  /** Takes the FIFO's name away, so that nobody can open it again, and then closes it: the reader sees the end. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close(undefined));
  }

  /**
   * Closes a FIFO that is not needed any more. A reader that already waits in `open()` for somebody to write is let
   * go: it sees an end of the data, without any data. (After `close()` alone it would wait for ever.)
   */
  releaseBlockedReader(): Promise<void> {
    return (this.#closed ??= this.#close(this.#openForBlockedReader()));
  }

  async #close(waitedFor: number | undefined): Promise<void> {
    try {
      if (this.#fifo) removeNow(this.#fifo);
    } finally {
      if (waitedFor !== undefined) closeSync(waitedFor);
      this.#end(`The FIFO "${this.path}" was closed.`);
      await this.#closePipe();
    }
  }

  #openForBlockedReader(): number | undefined {
    if (!this.#fifo || this.#fd !== undefined) return undefined;
    try {
      return openForWriting(this.#fifo, this.#libc);
    } catch {
      return undefined; // it is not there any more, and nor is anybody who waits for it
    }
  }

  /** Once nothing writes any more, the descriptor. */
  async #closePipe(): Promise<void> {
    await this.#pumped?.cancel();
    if (this.#socket) await this.#socket.close();
    else if (this.#fd !== undefined) closeSync(this.#fd);
    await this.#threads?.release();
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #writePieces(pieces: readonly Uint8Array[]): Promise<boolean> {
    if (this.#isOver) return false;
    this.#socket ??= new PipeSocket(this.#fd!, this.path);
    const taken = await this.#counted(this.#socket.write(pieces));
    if (taken) for (const piece of pieces) this.#taken[0]! += piece.length;
    else this.#leave();
    return taken;
  }

  async #writeFiles(parts: readonly LocalPart[]): Promise<boolean> {
    if (this.#isOver) return false;
    return await this.#pump((pipe) => pipe.write(parts));
  }

  async #pump(write: (pipe: PumpedPipe) => Promise<PumpOutcome>): Promise<boolean> {
    this.#threads ??= leaseThreads();
    this.#pumped ??= this.#thread().open(this.#fd!, this.#taken);
    const outcome = await this.#counted(write(this.#pumped));
    if (outcome === 'closed') this.#leave();
    return outcome === 'done';
  }

  #thread() {
    return this.#libc ? spliceThread() : copyThread();
  }

  async #counted<T>(writing: Promise<T>): Promise<T> {
    this.#writing++;
    return await writing.finally(() => this.#writing--);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#readerLeft = true;
    try {
      removeNow(this.#fifo!); // at once: whoever opened it again would get what is left of this epoch
    } catch {
      // close() tries again, and tells
    }
    this.#end(`The reader of the FIFO "${this.path}" has left.`);
  }

  #end(reason: string): void {
    this.#over.abort(new PipeModeError('ABORTED', reason, { path: this.path }));
    this.#interrupt?.();
  }
}

function isZeroCopyDefault(): boolean {
  return process.env['SAGEMAKER_PIPE_MODE_ZERO_COPY'] !== '0';
}
