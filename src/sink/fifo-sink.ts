import { closeSync } from 'node:fs';
import { isAbsolute } from 'node:path';

import type { Body, BodyPart } from '../body/body.js';
import { PipeModeError } from '../errors.js';
import { removeAtExit, removeNow } from './exit-cleanup.js';
import { type Fifo, hasNoReader, makeFifo } from './fifo.js';
import { copyParts } from './parts-copier.js';
import { PipeSocket } from './pipe-socket.js';
import { waitForReader } from './reader-wait.js';

/** How a FIFO is made. */
export interface FifoSinkOptions {
  /** Where: an absolute path. Directories above it are made. */
  readonly path: string;
  /** Its permission bits, whatever the umask. Default `0o644`: everybody may read. */
  readonly mode?: number | undefined;
}

/** Bytes in memory are written in pieces of so many, so that the end of a reader is noticed in between. */
const PIECE_BYTES = 1024 * 1024;

/** How often to look whether the reader is still there while there is nothing to write, in milliseconds. */
const WATCH_MS = 50;

/** How long an iterator may take to let go of what it holds after its reader has left, in milliseconds. */
const RETURN_MS = 1000;

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
  #socket: PipeSocket | undefined;
  #bytesWritten = 0;
  #readerLeft = false;
  #writing = false;
  readonly #over = new AbortController();
  #closed: Promise<void> | undefined;
  #interrupt: (() => void) | undefined;

  /** @throws {@link PipeModeError} `INVALID_OPTION` if the path is not absolute. */
  constructor({ path, mode = 0o644 }: FifoSinkOptions) {
    if (!isAbsolute(path)) {
      throw new PipeModeError('INVALID_OPTION', `Expected \`path\` to be an absolute path, got "${path}".`);
    }
    this.path = path;
    this.#mode = mode;
  }

  /** How many bytes the pipe has taken so far. */
  get bytesWritten(): number {
    return this.#bytesWritten;
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
    return this.#writing;
  }

  /**
   * Makes the FIFO. A FIFO that is already there is taken for one that a crashed run has left, and replaced.
   *
   * @throws {@link PipeModeError} `DEST_NOT_A_DIRECTORY`, `DEST_NOT_WRITABLE`, `DEST_CANNOT_HOLD_FIFOS`,
   * `NOT_A_FIFO`, `UNSUPPORTED_PLATFORM`.
   */
  async create(): Promise<void> {
    this.#fifo = await makeFifo(this.path, this.#mode);
    removeAtExit(this.#fifo);
    if (this.#closed) removeNow(this.#fifo);
  }

  /**
   * Waits until a reader has the FIFO open, for as long as it takes.
   *
   * @throws {@link PipeModeError} `FIFO_REPLACED`, `DEST_NOT_WRITABLE`; `ABORTED` if the sink is closed.
   */
  async opened(): Promise<void> {
    const fd = await waitForReader(this.#fifo!, this.#over.signal);
    if (this.#isOver) closeSync(fd); // closed since the descriptor was opened, so nobody else will
    this.#over.signal.throwIfAborted();
    this.#socket = new PipeSocket(fd, this.path);
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
   * Writes parts of bodies, one after the other, by the fastest way there is for them.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`, or what is wrong with a file.
   */
  async writeParts(parts: readonly BodyPart[]): Promise<boolean> {
    if (parts.some((part) => !(part instanceof Uint8Array)))
      return await copyParts(parts, (bytes) => this.write(bytes));
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
   * Writes whatever a body yields. A reader that leaves is noticed also while the body has nothing to give.
   *
   * @throws {@link PipeModeError} `WRITE_FAILED`, or what the body throws.
   */
  async writeBody(body: Body | AsyncIterable<Uint8Array>): Promise<boolean> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const step = await this.unlessReaderLeaves(iterator.next());
        if (!step) return false;
        if (step.done) return true;
        if (!(await this.write(step.value))) return false;
      }
    } finally {
      await giveUp(iterator);
    }
  }

  /** What the promise resolves with, or `undefined` if the reader leaves (or the sink is closed) before. */
  unlessReaderLeaves<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.#isOver) {
      promise.catch(() => undefined); // nobody waits for it any more
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      const watch = setInterval(() => {
        if (hasNoReader(this.#fifo!)) this.#leave();
      }, WATCH_MS);
      const settle = () => {
        clearInterval(watch);
        this.#interrupt = undefined;
      };
      this.#interrupt = () => {
        settle();
        resolve(undefined);
      };
      promise.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error as Error);
        },
      );
    });
  }

  /** Takes the FIFO's name away, so that nobody can open it again, and then closes it: the reader sees the end. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      if (this.#fifo) removeNow(this.#fifo);
    } finally {
      this.#end(`The FIFO "${this.path}" was closed.`);
      await this.#socket?.close();
    }
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #writePieces(pieces: readonly Uint8Array[]): Promise<boolean> {
    if (this.#isOver) return false;
    this.#writing = true;
    const taken = await this.#socket!.write(pieces).finally(() => (this.#writing = false));
    if (taken) for (const piece of pieces) this.#bytesWritten += piece.length;
    else this.#leave();
    return taken;
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#readerLeft = true;
    this.#end(`The reader of the FIFO "${this.path}" has left.`);
  }

  #end(reason: string): void {
    this.#over.abort(new PipeModeError('ABORTED', reason, { path: this.path }));
    this.#interrupt?.();
  }
}

/** Lets an iterator let go. One that never answers, because it hangs in a `next()`, is not waited for long. */
async function giveUp(iterator: AsyncIterator<Uint8Array>): Promise<void> {
  if (!iterator.return) return;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, RETURN_MS)));
  await Promise.race([Promise.resolve(iterator.return()).catch(() => undefined), patience]);
  clearTimeout(timer);
}
