import { Worker } from 'node:worker_threads';

import { deserializeError } from '../../workers/serialize-error.js';
import { threadFailure } from '../../workers/thread-failure.js';
import type { Bells } from './bells.js';
import type { InflateEnd } from './inflate-job.js';
import type { InflateRequest, InflateResponse, InflateRun, InflateThreadData } from './messages.js';

interface Share {
  readonly onProgress: () => void;
  readonly resolve: (outcome: InflateEnd) => void;
  readonly reject: (error: Error) => void;
}

/** One of the threads that inflate, from the main thread's side. It keeps the process alive while it has work. */
export class InflateThread {
  readonly number: number;
  readonly #bells: Bells;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #shares = new Map<number, Share>();
  #failure: Error | undefined;

  constructor(number: number, bells: Bells) {
    this.number = number;
    this.#bells = bells;
    const workerData: InflateThreadData = { number, bells: bells.shared };
    this.#worker = new Worker(new URL('./inflate-worker.cjs', import.meta.url), { execArgv: [], workerData });
    this.#worker.unref();
    this.#worker.on('message', (response: InflateResponse) => {
      this.#settle(response);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#exited = new Promise((resolve) =>
      this.#worker.on('exit', () => {
        this.#fail(new Error('the thread has ended'));
        resolve();
      }),
    );
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Lets the thread take part in a run. Resolves when it has let go of it, and touches the pipe no more. */
  join(id: number, run: InflateRun, onProgress: () => void): Promise<InflateEnd> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      if (this.#shares.size === 0) this.#worker.ref();
      this.#shares.set(id, { onProgress, resolve, reject });
      this.#post({ op: 'run', id, run });
    });
  }

  cancel(id: number): void {
    if (this.#shares.has(id)) this.#post({ op: 'cancel', id });
  }

  async end(): Promise<void> {
    this.#worker.ref();
    this.#post({ op: 'end' });
    await this.#exited;
  }

  #post(request: InflateRequest): void {
    this.#worker.postMessage(request);
    this.#bells.ring(this.number);
  }

  #settle({ id, outcome }: InflateResponse): void {
    const share = this.#shares.get(id);
    if (!share) return;
    if (outcome === undefined) {
      share.onProgress();
      return;
    }
    this.#shares.delete(id);
    if (this.#shares.size === 0) this.#worker.unref();
    if (typeof outcome === 'string') share.resolve(outcome);
    else share.resolve({ index: outcome.index, error: deserializeError(outcome.error) });
  }

  #fail(cause: Error): void {
    this.#failure ??= threadFailure(cause);
    for (const { reject } of this.#shares.values()) reject(this.#failure);
    this.#shares.clear();
  }
}
