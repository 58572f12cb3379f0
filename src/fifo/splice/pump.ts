import { closeSync, writeSync } from 'node:fs';
import { isMainThread, MessageChannel, type Transferable } from 'node:worker_threads';

import type { Libc } from '../../native/libc.js';
import { deserializeError } from '../../workers/serialize-error.js';
import { WorkerHandle } from '../../workers/worker-handle.js';
import type { PumpData, PumpProgress, PumpRequest, PumpResponse, PumpWish } from './pump-messages.js';
import { OpenFiles } from './open-files.js';
import type { ReadWorkerData } from './read-worker.js';
import { createSlots } from './slots.js';
import { PumpedPipe } from './pumped-pipe.js';

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** The thread that writes into the pipes of all channels of the process, from the main thread's side. */
export class Pump {
  readonly #worker: WorkerHandle<PumpRequest, PumpResponse | PumpProgress | PumpWish>;
  readonly #wakeFd: number | undefined;
  #openFiles: OpenFiles | undefined;
  readonly #isWaiting = new Int32Array(new SharedArrayBuffer(4));
  readonly #pipes = new Map<number, PumpedPipe>();
  #helper: WorkerHandle<'end', never> | undefined;
  #lastId = 0;
  #due = 0;
  #failure: Error | undefined;

  constructor(libc: Libc | undefined) {
    this.#wakeFd = libc?.eventfd();
    // When a worker thread of the host ends, a descriptor of a socket in a thread below may be closed twice.
    const usesSockets = isMainThread;
    // Sockets close descriptors that the thread has opened, which Node takes for a mistake. With koffi there are none.
    const trackUnmanagedFds = libc !== undefined || !usesSockets;
    if (!trackUnmanagedFds) this.#openFiles = new OpenFiles();
    const workerData: PumpData = {
      wakeFd: this.#wakeFd,
      usesSockets,
      openFiles: this.#openFiles?.shared,
      isWaiting: this.#isWaiting,
    };
    this.#worker = new WorkerHandle(new URL('./pump-worker.cjs', import.meta.url), {
      workerData,
      trackUnmanagedFds,
      onMessage: (message: PumpResponse | PumpProgress | PumpWish) => {
        if ('wantsHelper' in message) this.startHelper();
        else if ('progress' in message) this.#pipes.get(message.id)?.onProgress?.(message.progress);
        else this.#settle(message);
      },
      onEnd: (failure) => {
        this.#end(failure);
      },
    });
  }

  /** Whether the thread has failed or ended: nothing is written any more. */
  get isOver(): boolean {
    return this.#failure !== undefined;
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
    this.#helper = new WorkerHandle(new URL('./read-worker.cjs', import.meta.url), {
      workerData,
      transferList: [port1],
      onMessage: () => undefined,
      onEnd: (failure) => {
        this.#fail(failure);
        this.#post({ op: 'end' });
      },
    });
    this.#post({ op: 'helper', port: port2, memory }, [port2]);
  }

  /** By asking, not by force: a thread must not be ended in the middle of what koffi does. It answers within 50 ms. */
  async terminate(): Promise<void> {
    this.#post({ op: 'end' });
    await this.#worker.exited();
    await this.#helper?.exited();
  }

  #post(request: PumpRequest, transfer: Transferable[] = []): void {
    this.#worker.post(request, transfer);
    if (this.#wakeFd === undefined || this.#worker.failure) return;
    if (Atomics.load(this.#isWaiting, 0) === 1) writeSync(this.#wakeFd, ONE);
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

  /** The thread has ended, also if that was wanted. */
  #end(failure: Error): void {
    this.#fail(failure);
    this.#helper?.post('end');
    if (this.#wakeFd !== undefined) closeSync(this.#wakeFd);
    this.#openFiles?.closeAll();
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    for (const pipe of this.#pipes.values()) pipe.end(this.#failure);
    this.#pipes.clear();
  }
}
