import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import { PipeModeError, reasonOf } from '../errors.js';
import type { FifoDescriptor } from '../fs/fifo-descriptor.js';
import { aborted, type FifoAddress } from './open-fifo.js';
import { onAbort } from '../abort/on-abort.js';

/** How much memory is got at a time; many reads share it. */
const SLAB_BYTES = 1024 * 1024;
/** A read is never offered less than this: the size of a pipe, unless its writer has enlarged it. */
const SMALLEST_READ_BYTES = 64 * 1024;
/** Reading pauses while more than this waits to be taken … */
const PAUSE_BYTES = 1024 * 1024;
/** … and goes on when less than this does. */
const RESUME_BYTES = PAUSE_BYTES / 2;

const NO_SLAB: Uint8Array = new Uint8Array(0);

/** A read that waits for bytes, for the end or for an error. */
interface Waiter {
  readonly resolve: (chunk: Uint8Array | undefined) => void;
  readonly reject: (error: PipeModeError) => void;
}

/**
 * The bytes of one open FIFO, which it owns from now on. `read()` until it gives `undefined`, which is the
 * end of the data, or `close()` early.
 *
 * Node's socket is the one thing in Node that waits for a FIFO by epoll (or kqueue), so that nothing blocks:
 * a `ReadStream` would hold one of libuv's four threads for as long as the writer is silent. On Linux a FIFO
 * that was opened before its writer came is not at its end until a writer has come and gone.
 */
export class FifoStream {
  readonly #descriptor: FifoDescriptor;
  readonly #address: FifoAddress;
  readonly #forgetSignal: (() => void) | undefined;

  #socket: Socket | undefined;
  #closed: Promise<void> | undefined;
  #isOver = false;
  /** What reading gives from now on, instead of bytes. */
  #error: PipeModeError | undefined;
  #waiter: Waiter | undefined;

  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isAtEnd = false;
  #isPaused = false;

  #slab = NO_SLAB;
  #slabUsed = 0;

  constructor(descriptor: FifoDescriptor, address: FifoAddress, signal: AbortSignal | undefined) {
    this.#descriptor = descriptor;
    this.#address = address;
    this.#forgetSignal = signal && onAbort(signal, () => this.#finish(aborted(address, signal)));
    if (signal?.aborted === true) this.#finish(aborted(address, signal));
  }

  /** The next bytes, in memory of the caller's own; `undefined` at the end of the data. One call at a time. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#isPaused && this.#queuedBytes < RESUME_BYTES) this.#resume();
      return Promise.resolve(chunk);
    }
    if (this.#isAtEnd || this.#isOver) {
      this.#finish();
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#start();
    });
  }

  /**
   * Closes the FIFO, whether or not it is at its end: its writer gets EPIPE. Resolved when nothing is left.
   *
   * @param reason - What reading from now on, or a read that is waiting, is rejected with.
   */
  async close(reason?: PipeModeError): Promise<void> {
    this.#finish(reason);
    await this.#closed;
  }

  /** Not before the first read, so that an epoch that nobody reads costs nothing. */
  #start(): void {
    if (this.#socket !== undefined) return;
    // `onread` fills memory of our own: one large read instead of many of 64 KiB, each allocated anew.
    const options: SocketConstructorOpts & { onread: OnReadOpts } = {
      fd: this.#descriptor.release(),
      readable: true,
      writable: false,
      onread: { buffer: () => this.#space(), callback: (length, space) => this.#received(length, space) },
    };
    try {
      this.#socket = new Socket(options);
    } catch (error) {
      this.#finish(this.#readFailed(error));
      return;
    }
    const socket = this.#socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.once('error', (error) => this.#finish(this.#readFailed(error)));
    socket.once('end', () => {
      this.#isAtEnd = true;
      // Otherwise there are bytes that have yet to be taken.
      if (this.#waiter !== undefined) this.#finish();
    });
  }

  /** Memory for the next read. It is not used again, so that whoever gets the bytes may keep them. */
  #space(): Uint8Array {
    if (this.#slab.length - this.#slabUsed < SMALLEST_READ_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#slabUsed = 0;
    }
    return this.#slab.subarray(this.#slabUsed);
  }

  /** Takes over what was read; tells the socket whether to go on. */
  #received(length: number, space: Uint8Array): boolean {
    this.#slabUsed += length;
    if (this.#isOver) return false;
    const chunk = new Uint8Array(space.buffer, space.byteOffset, length);
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      waiter.resolve(chunk);
      return true;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += length;
    this.#isPaused = this.#queuedBytes >= PAUSE_BYTES;
    return !this.#isPaused;
  }

  #resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** Over, for whatever reason. The first reason is the one that counts. */
  #finish(error?: PipeModeError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#queue = [];
    this.#slab = NO_SLAB;
    this.#forgetSignal?.();
    // The socket owns the descriptor once there is one, and closes it before `destroy` returns.
    if (this.#socket === undefined) this.#descriptor.close();
    else this.#socket.destroy();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (error === undefined) waiter?.resolve(undefined);
    else waiter?.reject(error);
  }

  #readFailed(cause: unknown): PipeModeError {
    const { channel, epoch, path } = this.#address;
    const reason = reasonOf(cause);
    return new PipeModeError(
      'READ_FAILED',
      `Cannot read epoch ${epoch} of channel "${channel}" from ${path}: ${reason}`,
      { ...this.#address, cause },
    );
  }
}
