import { isMainThread, MessageChannel, type Transferable } from 'node:worker_threads';

import { onAbort } from '../../abort/on-abort.js';
import { raceAbort } from '../../abort/race-abort.js';
import { debugTo } from '../../debug.js';
import { permitBinding } from '../../native/binding-permit.js';
import { deserializeError } from '../../workers/serialize-error.js';
import { WorkerHandle } from '../../workers/worker-handle.js';
import { Bells } from '../bells.js';
import type {
  PumpChecked,
  PumpData,
  PumpProgress,
  PumpRequest,
  PumpResponse,
  PumpWish,
} from './pump-messages.js';
import { OpenFiles } from './open-files.js';
import type { ReadWorkerData } from './read-worker.js';
import { createSlots } from './slots.js';
import { PumpedPipe } from './pumped-pipe.js';

const debug = debugTo('fifo');

interface PendingCheck {
  readonly resolve: (holdsFile: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** The thread that writes into the pipes of all channels of the process, from the main thread's side. */
export class Pump {
  readonly #worker: WorkerHandle<PumpRequest, PumpResponse | PumpProgress | PumpChecked | PumpWish>;
  readonly #splices: boolean;
  readonly #bell = new Bells(1);
  #openFiles: OpenFiles | undefined;
  readonly #pipes = new Map<number, PumpedPipe>();
  readonly #checks = new Map<number, PendingCheck>();
  #helper: WorkerHandle<'end', never> | undefined;
  #lastId = 0;
  #due = 0;
  #failure: Error | undefined;

  /** @param splices - whether it uses system calls that Node does not offer: only where `loadLibc()` gives something */
  constructor(splices: boolean) {
    this.#splices = splices;
    // When a worker thread of the host ends, a descriptor of a socket in a thread below may be closed twice.
    const usesSockets = isMainThread;
    // Sockets close descriptors that the thread has opened, which Node takes for a mistake. With koffi there are none.
    const trackUnmanagedFds = splices || !usesSockets;
    if (!trackUnmanagedFds) this.#openFiles = new OpenFiles();
    const permit = splices ? permitBinding() : undefined;
    const workerData: PumpData = {
      permit: permit?.shared,
      bell: this.#bell.shared,
      usesSockets,
      openFiles: this.#openFiles?.shared,
    };
    this.#worker = new WorkerHandle(new URL('./pump-worker.cjs', import.meta.url), {
      workerData,
      permit,
      trackUnmanagedFds,
      onMessage: (message: PumpResponse | PumpProgress | PumpChecked | PumpWish) => {
        if ('wantsHelper' in message) this.#startHelper();
        else if ('checked' in message) this.#settleCheck(message);
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
  open(fd: number, taken: Float64Array, reading: Uint8Array): PumpedPipe {
    const id = ++this.#lastId;
    const pipe = new PumpedPipe(id, (request, transfer) => {
      if (this.#due++ === 0) this.#worker.ref();
      this.#post(request, transfer);
    });
    if (this.#failure) pipe.end(this.#failure);
    else this.#pipes.set(id, pipe);
    this.#post({ op: 'open', id, fd, taken, reading });
    return pipe;
  }

  /**
   * Says whether there are any regular files below a path. Their names are kept for whoever asks for them soon.
   *
   * @throws {@link PipeModeError} what is wrong with the path or with what is below it
   */
  async check(root: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const checked = new Promise<boolean>((resolve, reject) => this.#checks.set(id, { resolve, reject }));
    if (this.#due++ === 0) this.#worker.ref();
    this.#post({ op: 'check', id, root });
    const unwatch = onAbort(signal, () => this.#post({ op: 'cancelCheck', id }));
    try {
      return await raceAbort(checked, signal);
    } finally {
      unwatch();
    }
  }

  /** Starts a thread that helps to read directories of very many files, once. Not needed, and without koffi not worth it. */
  #startHelper(): void {
    if (this.#helper || !this.#splices || this.#failure) return;
    const memory = createSlots();
    const { port1, port2 } = new MessageChannel();
    const permit = permitBinding();
    const workerData: ReadWorkerData = { port: port1, memory, permit: permit.shared };
    try {
      this.#helper = new WorkerHandle(new URL('./read-worker.cjs', import.meta.url), {
        workerData,
        permit,
        transferList: [port1],
        onMessage: () => undefined,
        onEnd: (failure) => {
          debug('goes on without a thread that helps to read: %s', failure.message);
          this.#post({ op: 'helperEnded' });
        },
      });
      this.#post({ op: 'helper', port: port2, memory }, [port2]);
    } catch (error) {
      debug('does without a thread that helps to read: %s', (error as Error).message);
      port2.close();
    }
  }

  /** By asking, not by force: a thread must not be ended in the middle of what koffi does. It answers within 50 ms. */
  async terminate(): Promise<void> {
    this.#post({ op: 'end' });
    await this.#worker.exited();
    await this.#helper?.exited();
  }

  #post(request: PumpRequest, transfer: Transferable[] = []): void {
    this.#worker.post(request, transfer);
    if (!this.#worker.failure) this.#bell.ring(0);
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

  #settleCheck({ checked, holdsFile }: PumpChecked): void {
    const waiting = this.#checks.get(checked);
    if (!waiting) return;
    this.#checks.delete(checked);
    this.#answered(1);
    if (typeof holdsFile === 'boolean') waiting.resolve(holdsFile);
    else waiting.reject(deserializeError(holdsFile));
  }

  #answered(requests: number): void {
    this.#due -= requests;
    if (this.#due === 0) this.#worker.unref();
  }

  /** The thread has ended, also if that was wanted. */
  #end(failure: Error): void {
    this.#fail(failure);
    this.#helper?.post('end');
    this.#bell.close(0);
    this.#openFiles?.closeAll();
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    for (const pipe of this.#pipes.values()) pipe.end(this.#failure);
    this.#pipes.clear();
    for (const { reject } of this.#checks.values()) reject(this.#failure);
    this.#checks.clear();
  }
}
