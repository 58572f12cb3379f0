import { closeSync, writeSync } from 'node:fs';
import { MessageChannel, type Transferable, Worker } from 'node:worker_threads';

import type { Libc } from '../../native/libc.js';
import { deserializeError } from '../../workers/serialize-error.js';
import { threadFailure } from '../../workers/thread-failure.js';
import type { PumpData, PumpProgress, PumpRequest, PumpResponse, PumpWish } from './pump-messages.js';
import type { ReadWorkerData } from './read-worker.js';
import { createSlots } from './slots.js';
import { PumpedPipe } from './pumped-pipe.js';

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** The thread that writes into the pipes of all channels of the process, from the main thread's side. */
export class Pump {
  readonly #worker: Worker;
  readonly #wakeFd: number | undefined;
  readonly #exited: Promise<void>;
  readonly #isWaiting = new Int32Array(new SharedArrayBuffer(4));
  readonly #pipes = new Map<number, PumpedPipe>();
  #helper: { readonly worker: Worker; readonly exited: Promise<void> } | undefined;
  #lastId = 0;
  #due = 0;
  #failure: Error | undefined;

  constructor(libc: Libc | undefined) {
    this.#wakeFd = libc?.eventfd();
    const workerData: PumpData = { wakeFd: this.#wakeFd, isWaiting: this.#isWaiting };
    this.#worker = new Worker(new URL('./pump-worker.cjs', import.meta.url), {
      execArgv: [],
      workerData,
      trackUnmanagedFds: false, // its sockets close descriptors that it has opened, which Node takes for a mistake
    });
    this.#worker.unref();
    this.#exited = new Promise((resolve) =>
      this.#worker.on('exit', () => {
        resolve();
      }),
    );
    this.#worker.on('message', (message: PumpResponse | PumpProgress | PumpWish) => {
      if ('wantsHelper' in message) this.startHelper();
      else if ('progress' in message) this.#pipes.get(message.id)?.onProgress?.(message.progress);
      else this.#settle(message);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', () => {
      this.#fail(new Error('the thread has ended'));
    });
  }

  /** Begins to write into a pipe, whose descriptor is non-blocking; counts what it has taken in `taken[0]`. */
  open(fd: number, taken: Float64Array): PumpedPipe {
    const id = ++this.#lastId;
    const pipe = new PumpedPipe(id, (request, transfer) => {
      if (this.#due++ === 0) this.#worker.ref();
      this.#post(request, transfer);
    });
    if (this.#failure) pipe.end(this.#failure);
    else this.#pipes.set(id, pipe);
    this.#post({ op: 'open', id, fd, taken });
    return pipe;
  }

  /** Starts a thread that helps to read directories of very many files, once. Not needed, and without koffi not worth it. */
  startHelper(): void {
    if (this.#helper || this.#wakeFd === undefined || this.#failure) return;
    const memory = createSlots();
    const { port1, port2 } = new MessageChannel();
    const workerData: ReadWorkerData = { port: port1, memory };
    const helper = new Worker(new URL('./read-worker.cjs', import.meta.url), {
      execArgv: [],
      workerData,
      transferList: [port1],
    });
    helper.unref();
    helper.on('error', (error) => {
      this.#fail(error);
    });
    const exited = new Promise<void>((resolve) =>
      helper.on('exit', () => {
        this.#fail(new Error('the thread has ended'));
        resolve();
      }),
    );
    this.#helper = { worker: helper, exited };
    this.#post({ op: 'helper', port: port2, memory }, [port2]);
  }

  /** By asking, not by force: a thread must not be ended in the middle of what koffi does. It answers within 50 ms. */
  async terminate(): Promise<void> {
    this.#worker.ref();
    this.#post({ op: 'end' });
    await this.#exited;
    this.#helper?.worker.ref();
    this.#helper?.worker.postMessage('end');
    await this.#helper?.exited;
    if (this.#wakeFd !== undefined) closeSync(this.#wakeFd);
  }

  #post(request: PumpRequest, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
    if (this.#wakeFd !== undefined && Atomics.load(this.#isWaiting, 0) === 1) writeSync(this.#wakeFd, ONE);
  }

  #settle({ id, outcome }: PumpResponse): void {
    const pipe = this.#pipes.get(id);
    if (!pipe) return;
    if (outcome === 'done') {
      this.#answered(pipe.answer());
      return;
    }
    this.#pipes.delete(id);
    this.#answered(pipe.end(outcome === 'closed' ? outcome : deserializeError(outcome)));
  }

  #answered(requests: number): void {
    this.#due -= requests;
    if (this.#due === 0) this.#worker.unref();
  }

  #fail(cause: Error): void {
    this.#failure ??= threadFailure(cause);
    for (const pipe of this.#pipes.values()) pipe.end(this.#failure);
    this.#pipes.clear();
  }
}
