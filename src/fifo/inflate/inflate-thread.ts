import { deserializeError } from '../../workers/serialize-error.js';
import { permitBinding } from '../../native/binding-permit.js';
import { WorkerHandle } from '../../workers/worker-handle.js';
import type { Bells } from '../bells.js';
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
  readonly #worker: WorkerHandle<InflateRequest, InflateResponse>;
  readonly #shares = new Map<number, Share>();

  constructor(number: number, bells: Bells) {
    this.number = number;
    this.#bells = bells;
    const permit = permitBinding();
    const workerData: InflateThreadData = { number, bells: bells.shared, permit: permit.shared };
    this.#worker = new WorkerHandle(new URL('./inflate-worker.cjs', import.meta.url), {
      workerData,
      permit,
      onMessage: (response: InflateResponse) => {
        this.#settle(response);
      },
      onEnd: (failure) => {
        this.#fail(failure);
      },
    });
  }

  get hasFailed(): boolean {
    return this.#worker.failure !== undefined;
  }

  /** Lets the thread take part in a run. Resolves when it has let go of it, and touches the pipe no more. */
  join(id: number, run: InflateRun, onProgress: () => void): Promise<InflateEnd> {
    return new Promise((resolve, reject) => {
      if (this.#worker.failure) {
        reject(this.#worker.failure);
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
    this.#post({ op: 'end' });
    await this.#worker.exited();
  }

  #post(request: InflateRequest): void {
    this.#worker.post(request);
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

  #fail(failure: Error): void {
    for (const { reject } of this.#shares.values()) reject(failure);
    this.#shares.clear();
  }
}
