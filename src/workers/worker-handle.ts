import { type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';

import type { BindingPermit } from '../native/binding-permit.js';
import { threadFailure } from './thread-failure.js';

interface WorkerHandleOptions<Response> {
  readonly workerData?: unknown;
  /** Whether Node closes what the thread has opened, when it ends. Default `true`. */
  readonly trackUnmanagedFds?: boolean;
  /** What of `workerData` is moved to the thread. */
  readonly transferList?: Transferable[];
  /** With which the thread loads koffi. */
  readonly permit?: BindingPermit | undefined;
  readonly onMessage: (response: Response) => void;
  /** Called once, when the thread could not be started, has failed or has ended, also when that was wanted. */
  readonly onEnd: (failure: Error) => void;
}

/** A worker thread of ours. It keeps the process alive only between `ref()` and `unref()`. */
export class WorkerHandle<Request, Response> {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #failure: Error | undefined;

  /** @param program - The CommonJS build, also for ES modules, which Node reads through libuv's thread pool. */
  constructor(program: URL, { onMessage, onEnd, permit, ...options }: WorkerHandleOptions<Response>) {
    const fail = (cause: Error) => {
      if (this.#failure) return;
      this.#failure = threadFailure(cause, program);
      permit?.release();
      onEnd(this.#failure);
    };
    try {
      this.#worker = startWorker(program, options);
    } catch (error) {
      permit?.release();
      throw error;
    }
    this.#worker.unref();
    this.#worker.on('message', onMessage);
    this.#worker.on('error', fail);
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        fail(new Error('the thread has ended'));
        resolve();
      });
    });
  }

  /** Why the thread can do nothing any more, if it cannot. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  post(request: Request, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  /** Resolves when the thread has ended by itself. */
  exited(): Promise<void> {
    this.#worker.ref();
    return this.#exited;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}

function startWorker(program: URL, options: WorkerOptions): Worker {
  try {
    return new Worker(program, { execArgv: [], ...options });
  } catch (error) {
    throw threadFailure(error as Error, program);
  }
}
