import { deserializeError } from './serialize-error.js';
import type { TaskRequest, TaskResponse } from './task.js';
import { WorkerHandle } from './worker-handle.js';

interface Pending {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker thread, and the tasks that it runs. It keeps the process alive only while an answer is due. */
export class Thread {
  readonly #worker: WorkerHandle<TaskRequest, TaskResponse>;
  readonly #pending = new Map<number, Pending[]>();
  #lastId = 0;
  #due = 0;

  constructor() {
    this.#worker = new WorkerHandle(new URL('./thread-worker.cjs', import.meta.url), {
      onMessage: (response: TaskResponse) => {
        this.#settle(response);
      },
      onEnd: (failure) => {
        this.#fail(failure);
      },
    });
  }

  /** How many tasks are open. */
  get load(): number {
    return this.#pending.size;
  }

  /** Whether the thread has failed or ended: nothing runs on it any more. */
  get isOver(): boolean {
    return this.#worker.failure !== undefined;
  }

  open(kind: string, args: unknown): number {
    const id = ++this.#lastId;
    this.#pending.set(id, []);
    this.#worker.post({ id, op: 'open', kind, args });
    return id;
  }

  /** Only the task itself says `done`. */
  next(
    id: number,
    input: unknown,
    transfer: ArrayBuffer[] = [],
  ): Promise<IteratorResult<unknown, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#worker.failure) {
        reject(this.#worker.failure);
        return;
      }
      this.#pending.get(id)!.push({ resolve, reject });
      if (this.#due++ === 0) this.#worker.ref();
      this.#worker.post({ id, op: 'next', input }, transfer);
    });
  }

  /** Ends a task; what was asked of it and has not been answered is rejected with the reason. */
  close(id: number, reason: unknown): void {
    const queue = this.#pending.get(id);
    if (!queue) return;
    this.#pending.delete(id);
    this.#worker.post({ id, op: 'close' });
    for (const { reject } of queue) {
      this.#answered();
      reject(reason);
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
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

  #fail(failure: Error): void {
    const waiting = [...this.#pending.values()].flat();
    this.#pending.clear();
    for (const { reject } of waiting) reject(failure);
  }
}
