import { Worker } from 'node:worker_threads';

import { deserializeError } from './serialize-error.js';
import { threadFailure } from './thread-failure.js';
import type { TaskName, TaskRequest, TaskResponse } from './task.js';

interface Pending {
  readonly resolve: (result: { done: boolean; value?: unknown }) => void;
  readonly reject: (error: Error) => void;
}

/** One worker thread, and the tasks that it runs. It keeps the process alive only while an answer is due. */
export class Thread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending[]>();
  #lastId = 0;
  #due = 0;
  #failure: Error | undefined;

  constructor() {
    // The CommonJS build, also for ES modules: Node's ES module loader reads files through libuv's thread pool.
    this.#worker = new Worker(new URL('./thread-worker.cjs', import.meta.url), { execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (response: TaskResponse) => {
      this.#settle(response);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', () => {
      this.#fail(new Error('the thread has ended'));
    });
  }

  /** How many tasks are open. */
  get load(): number {
    return this.#pending.size;
  }

  open(task: TaskName, args: unknown): number {
    const id = ++this.#lastId;
    this.#pending.set(id, []);
    this.#post({ id, op: 'open', task, args });
    return id;
  }

  next(
    id: number,
    input: unknown,
    transfer: ArrayBuffer[] = [],
  ): Promise<{ done: boolean; value?: unknown }> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      const queue = this.#pending.get(id);
      if (!queue) {
        resolve({ done: true });
        return;
      }
      queue.push({ resolve, reject });
      if (this.#due++ === 0) this.#worker.ref();
      this.#post({ id, op: 'next', input }, transfer);
    });
  }

  close(id: number): void {
    const queue = this.#pending.get(id);
    if (!queue) return;
    this.#pending.delete(id);
    this.#post({ id, op: 'close' });
    for (const { resolve } of queue) {
      this.#answered();
      resolve({ done: true });
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(request: TaskRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #settle({ id, result, error }: TaskResponse): void {
    const waiting = this.#pending.get(id)?.shift();
    if (!waiting) return; // closed in the meantime
    this.#answered();
    if (result) waiting.resolve(result);
    else waiting.reject(deserializeError(error!));
  }

  #answered(): void {
    if (--this.#due === 0) this.#worker.unref();
  }

  #fail(cause: Error): void {
    this.#failure ??= threadFailure(cause);
    const waiting = [...this.#pending.values()].flat();
    this.#pending.clear();
    for (const { reject } of waiting) reject(this.#failure);
  }
}
