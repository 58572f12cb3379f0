import { closeSync } from 'node:fs';
import { types } from 'node:util';
import { isMainThread } from 'node:worker_threads';

import { onAbort } from '../abort/on-abort.js';
import type { LocalPart } from '../body/body.js';
import { checkLocalParts } from '../body/check-parts.js';
import { PipeModeError } from '../errors.js';
import { type Libc, loadLibc } from '../native/libc.js';
import { checkBoolean, checkBytes, checkMode, checkSignal, isBytes } from '../options/checks.js';
import { check, expected } from '../options/expected.js';
import { isAbsolutePath } from '../options/location.js';
import { type Names, readOptions } from '../options/read-options.js';
import { leaseThreads, type ThreadLease } from '../workers/threads.js';
import { makeRemovedAtExit, removeNow } from './exit-cleanup.js';
import { type Fifo, hasRoom, makeFifo, openForWriting } from './fifo.js';
import { enlargePipe } from '../native/pipe-size.js';
import { PipeSocket } from './pipe-socket.js';
import { PolledPipe } from './polled-pipe.js';
import { waitForReader } from './reader-wait.js';
import type { InflateEnd, InflateJob } from './inflate/inflate-job.js';
import { inflateThreads } from './inflate/inflate-threads.js';
import { watchReader } from './reader-watch.js';
import { wantsLibc } from './wants-libc.js';
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
   * is `0`. Without effect on other systems than Linux, in worker threads, and where the optional dependency koffi is
   * not installed.
   */
  readonly zeroCopy?: boolean | undefined;
}

const OPTIONS: Names<FifoSinkOptions> = { path: true, mode: true, zeroCopy: true };

/** What ends the waiting for a reader. */
interface OpenedOptions {
  readonly signal?: AbortSignal | undefined;
}

const OPENED_OPTIONS: Names<OpenedOptions> = { signal: true };

/** Bytes in memory are written in pieces of so many, so that the end of a reader is noticed in between. */
const PIECE_BYTES = 1024 * 1024;

/** What there is of a FIFO: nothing, a name that a reader may open, or a pipe with a reader and without a name. */
type Phase =
  | { readonly name: 'new' }
  | { readonly name: 'created'; readonly fifo: Fifo }
  | { readonly name: 'open'; readonly fifo: Fifo; readonly fd: number };

/**
 * One FIFO, from its making to its end. Its methods are called in this order: `create()`, `opened()`, any
 * number of `write…()` one at a time, `settle()` if files were written, `close()`; `close()` may be called at any
 * time, and ends whatever is waiting. The reader sees the end of the data when the sink is closed, and only then.
 *
 * The FIFO's name is removed as soon as a reader has opened it, before the first byte is written: whoever has read
 * anything cannot open it again.
 *
 * Nothing in here blocks the thread or libuv's thread pool, however long a reader takes.
 *
 * @example Some bytes into one FIFO
 * ```ts
 * import { resolve } from 'node:path';
 * import { FifoSink } from 'sagemaker-pipe-mode';
 *
 * const sink = new FifoSink({ path: resolve('ml/input/data/training_0') });
 * await sink.create();
 * await sink.opened(); // a reader is there
 * const stayed = await sink.write(Buffer.from('1,2\n')); // false: the reader has left
 * await sink.close(); // now the reader sees the end
 * console.log(stayed);
 * ```
 */
export class FifoSink {
  /** The FIFO's path. */
  readonly path: string;
  readonly #mode: number;
  readonly #libc: Libc | undefined;
  #phase: Phase = { name: 'new' };
  #socket: PipeSocket | PolledPipe | undefined;
  #threads: ThreadLease | undefined;
  /** In the thread that moves files, once there was one. */
  #pumped: PumpedPipe | undefined;
  /** What threads inflate at the moment. */
  #inflating: { readonly outcome: Promise<unknown>; cancel(): void } | undefined;
  /** How many bytes the pipe has taken; shared with the thread that splices. */
  readonly #taken = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  #readerLeft = false;
  /** Whether a write from memory is under way, or has failed. */
  #isPartlyTaken = false;
  /** How many calls of `write…()` and `settle()` are under way. */
  #writing = 0;
  /** How many writes of files are under way. */
  #moving = 0;
  /** Whether the thread that moves files lists or reads some at the moment; shared with it. */
  readonly #reading = new Uint8Array(new SharedArrayBuffer(1));
  readonly #over = new AbortController();
  #closed: Promise<void> | undefined;

  /** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`. */
  constructor(options: FifoSinkOptions) {
    const { path, mode = 0o644, zeroCopy } = readOptions(options, OPTIONS);
    check('path', 'an absolute path', path, isAbsolutePath);
    checkMode(mode);
    if (zeroCopy !== undefined) checkBoolean('zeroCopy', zeroCopy);
    this.path = path;
    this.#mode = mode;
    this.#libc = wantsLibc(zeroCopy) ? loadLibc() : undefined;
  }

  /** How many bytes the pipe has taken so far. */
  get bytesWritten(): number {
    return this.#taken[0]!;
  }

  /**
   * Whether the pipe has taken just `bytesWritten`, and no part of a write that is under way, or was when the reader left.
   *
   * @internal
   */
  get isExact(): boolean {
    return !this.#isPartlyTaken;
  }

  /** Whether the reader has closed the FIFO before the sink did. */
  get readerLeft(): boolean {
    return this.#readerLeft;
  }

  /** Aborted when nothing can be written any more: the reader has left, or the sink was closed. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /**
   * The descriptor of the FIFO's writing end, while a reader has it open.
   *
   * @internal
   */
  get descriptor(): number | undefined {
    return this.#fd;
  }

  /**
   * A number that changes when the reader reads: how many bytes of a write have not gone into the pipe, as far as that is
   * known, and with koffi how many in the pipe are unread. (A full pipe gets new ones as soon as some are read.)
   *
   * @internal
   */
  get readMark(): number {
    if (this.#phase.name !== 'open' || this.#isOver) return 0;
    const unread = this.#libc ? this.#libc.unread(this.#phase.fd) : 0;
    return unread + (this.#socket?.unwritten ?? 0);
  }

  /**
   * Whether the thread that writes files has none for the room that there is. Without koffi nobody can tell whether there
   * is room: then, whether it lists or reads files at the moment.
   *
   * @internal
   */
  get waitsForFiles(): boolean {
    if (this.#moving === 0) return false;
    return this.#libc ? hasRoom(this.#fd, this.#libc) : this.#reading[0] === 1;
  }

  /** Whether a write waits for the reader to make room, or `settle()` for it to read. */
  get isWriting(): boolean {
    return this.#writing > 0;
  }

  /**
   * Makes the FIFO. A FIFO that is already there is taken for one that a crashed run has left, and replaced.
   *
   * @throws {@link PipeModeError} `DEST_NOT_A_DIRECTORY`, `DEST_NOT_WRITABLE`, `DEST_CANNOT_HOLD_FIFOS`,
   * `NOT_A_FIFO`, `FIFO_REPLACED`, `UNSUPPORTED_PLATFORM`, `TOO_MANY_OPEN_FILES`; `INVALID_STATE` if it was called
   * before.
   */
  async create(): Promise<void> {
    const { path } = this;
    if (this.#phase.name !== 'new') throw this.#invalidState('create()');
    const fifo = await makeRemovedAtExit(path, () => makeFifo(path, this.#mode, this.#libc));
    this.#phase = { name: 'created', fifo };
    if (this.#closed) removeNow(fifo);
  }

  /**
   * Waits until a reader has the FIFO open, for as long as it takes, and then removes its name. If that fails, the
   * reader is kept waiting until `close()`.
   *
   * @param options - `signal`: Ends the waiting, not the sink: it may be waited again.
   * @throws {@link PipeModeError} `FIFO_REPLACED`, `DEST_NOT_WRITABLE`, `TOO_MANY_OPEN_FILES`; `ABORTED` if the sink is
   * closed; `INVALID_STATE` if there is no FIFO, or it was opened before; `INVALID_OPTION`, `UNKNOWN_OPTION`. The
   * signal's reason if that is aborted.
   */
  async opened(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = readOptions<OpenedOptions>(options, OPENED_OPTIONS);
    if (signal !== undefined) checkSignal(signal);
    if (this.#phase.name !== 'created') throw this.#invalidState('opened()');
    const { fifo } = this.#phase;
    const fd = await this.#waitForReader(fifo, signal);
    if (this.#isOver) closeSync(fd); // closed since the descriptor was opened, so nobody else will
    this.#over.signal.throwIfAborted();
    this.#phase = { name: 'open', fifo, fd };
    removeNow(fifo);
    if (this.#libc) enlargePipe(this.#libc, fd);
  }

  /** @internal */
  get canInflate(): boolean {
    return this.#libc !== undefined;
  }

  /**
   * Writes what files inflate to, in threads. Only where it `canInflate`.
   *
   * @internal
   */
  async writeInflated(job: InflateJob): Promise<InflateEnd> {
    if (this.#isOver) return 'closed';
    this.#threads ??= leaseThreads();
    const inflating = inflateThreads().write(this.#fd, job, this.#taken);
    this.#inflating = inflating;
    const outcome = await this.#counted(inflating.outcome).finally(() => (this.#inflating = undefined));
    if (outcome === 'closed') this.#leave();
    return outcome;
  }

  /**
   * Writes bytes, and resolves when the pipe has taken them: with `true`, or with `false` if the reader has
   * left. The bytes must not change until then.
   *
   * @throws {@link PipeModeError} `INVALID_OPTION`, `WRITE_FAILED`.
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    checkBytes('bytes', 'a Uint8Array', bytes);
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
   * @throws {@link PipeModeError} `INVALID_OPTION`, `WRITE_FAILED`, or what is wrong with a file.
   */
  async writeParts(parts: readonly LocalPart[]): Promise<boolean> {
    checkLocalParts(parts);
    if (parts.some((part) => !isBytes(part))) return await this.#writeFiles(parts);
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
    if (this.#isOver) return false;
    return await this.#pump((pipe) => pipe.writeFiles(below, onProgress));
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
    if (this.#pumped && !this.#isOver && (await this.#counted(this.#pumped.settle())) === 'closed')
      this.#leave();
    return !this.#isOver;
  }

  /**
   * What the promise resolves with, or `undefined` if the reader leaves (or the sink is closed) before.
   *
   * @throws {@link PipeModeError} `INVALID_OPTION`; what the promise rejects with.
   */
  unlessReaderLeaves<T>(promise: Promise<T>): Promise<T | undefined> {
    if (!types.isPromise(promise)) return Promise.reject(expected('promise', 'a promise', promise));
    if (this.#isOver) {
      promise.catch(() => undefined); // nobody waits for it any more
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      const unwatchReader = watchReader(this.#fd, this.#libc, () => {
        this.#leave();
      });
      const unwatchEnd = onAbort(this.#over.signal, () => {
        settle();
        resolve(undefined);
      });
      const settle = () => {
        unwatchReader();
        unwatchEnd();
      };
      promise.finally(settle).then(resolve, reject);
    });
  }

  /** Closes the FIFO, and removes its name if it still has one: the reader sees the end. */
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

  async #waitForReader(fifo: Fifo, signal: AbortSignal | undefined): Promise<number> {
    const over = this.#over.signal;
    if (signal === undefined) return await waitForReader(fifo, this.#libc, over);
    over.throwIfAborted();
    if (signal.aborted) throw signal.reason;
    const waiting = new AbortController(); // `AbortSignal.any` takes no signal of another realm
    const unwatch = [signal, over].map((each) => onAbort(each, () => waiting.abort(each.reason)));
    try {
      return await waitForReader(fifo, this.#libc, waiting.signal);
    } finally {
      for (const stop of unwatch) stop();
    }
  }

  async #close(waitedFor: number | undefined): Promise<void> {
    try {
      if (this.#phase.name !== 'new') removeNow(this.#phase.fifo);
    } finally {
      if (waitedFor !== undefined) closeSync(waitedFor);
      this.#end(`The FIFO "${this.path}" was closed.`);
      await this.#closePipe();
    }
  }

  #openForBlockedReader(): number | undefined {
    if (this.#phase.name !== 'created') return undefined;
    try {
      return openForWriting(this.#phase.fifo, this.#libc);
    } catch {
      return undefined; // it is not there any more, and nor is anybody who waits for it
    }
  }

  /** Once nothing writes any more, the descriptor. */
  async #closePipe(): Promise<void> {
    this.#inflating?.cancel();
    await this.#inflating?.outcome.catch(() => undefined); // writeInflated() has it
    await this.#pumped?.cancel();
    if (this.#socket) await this.#socket.close();
    else if (this.#phase.name === 'open') closeSync(this.#phase.fd);
    await this.#threads?.release();
  }

  /** The pipe's writing end. */
  get #fd(): number {
    if (this.#phase.name !== 'open') throw this.#invalidState('This');
    return this.#phase.fd;
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #writePieces(pieces: readonly Uint8Array[]): Promise<boolean> {
    if (this.#isOver) return false;
    this.#socket ??= isMainThread ? new PipeSocket(this.#fd, this.path) : new PolledPipe(this.#fd, this.path);
    // What fits into a pipe that nothing has gone into yet is taken as a whole, or not at all.
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const isAllOrNothing = this.bytesWritten === 0 && this.#libc && length <= this.#libc.pipeSize(this.#fd);
    this.#isPartlyTaken = isAllOrNothing !== true;
    const taken = await this.#counted(this.#socket.write(pieces));
    if (taken) this.#isPartlyTaken = false;
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
    this.#pumped ??= this.#thread().open(this.#fd, this.#taken, this.#reading);
    this.#moving++;
    const outcome = await this.#counted(write(this.#pumped)).finally(() => this.#moving--);
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
    this.#end(`The reader of the FIFO "${this.path}" has left.`);
  }

  #end(reason: string): void {
    this.#over.abort(new PipeModeError('ABORTED', reason, { path: this.path }));
  }

  #invalidState(what: string): PipeModeError {
    const state = { new: 'has not been made', created: 'has no reader yet', open: 'is open' }[
      this.#phase.name
    ];
    return new PipeModeError(
      'INVALID_STATE',
      `${what} cannot be called now: the FIFO "${this.path}" ${state}. The order is create(), opened(), write…(), close().`,
      { path: this.path },
    );
  }
}
