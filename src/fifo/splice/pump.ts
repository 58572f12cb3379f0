import { closeSync, writeSync } from 'node:fs';

import type { LocalPart } from '../../body/body.js';
import { packedBuffers, packParts } from '../../body/packed-parts.js';
import type { Libc } from '../../native/libc.js';
import { deserializeError } from '../../workers/serialize-error.js';
import { WorkerHandle } from '../../workers/worker-handle.js';
import type { PumpData, PumpRequest, PumpResponse } from './pump-messages.js';

/** A transfer of parts into a pipe that is under way. */
export interface Pumping {
  /** `done`: the pipe has taken everything. `closed`: the reader has left, or it was cancelled. */
  readonly outcome: Promise<'done' | 'closed'>;
  /** Ends the transfer. The pipe is not touched any more once `outcome` has settled. */
  cancel(): void;
}

interface Waiting {
  readonly resolve: (outcome: 'done' | 'closed') => void;
  readonly reject: (error: Error) => void;
}

const RING = new Uint8Array(new BigUint64Array([1n]).buffer);

/** The thread that splices for all channels of the process, from the main thread's side. */
export class Pump {
  readonly #worker: WorkerHandle<PumpRequest, PumpResponse>;
  readonly #bell: number;
  readonly #isWaiting = new Int32Array(new SharedArrayBuffer(4));
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(libc: Libc) {
    this.#bell = libc.eventfd();
    const workerData: PumpData = { bell: this.#bell, isWaiting: this.#isWaiting };
    this.#worker = new WorkerHandle(new URL('./pump-worker.cjs', import.meta.url), {
      workerData,
      onMessage: (response: PumpResponse) => {
        this.#settle(response);
      },
      onEnd: (failure) => {
        this.#fail(failure);
      },
    });
  }

  /** Whether the thread has failed or ended: nothing is written any more. */
  get isOver(): boolean {
    return this.#worker.failure !== undefined;
  }

  write(fd: number, parts: readonly LocalPart[], taken: Float64Array): Pumping {
    const id = ++this.#lastId;
    const outcome = new Promise<'done' | 'closed'>((resolve, reject) => {
      if (this.#worker.failure) {
        reject(this.#worker.failure);
        return;
      }
      if (this.#waiting.size === 0) this.#worker.hold();
      this.#waiting.set(id, { resolve, reject });
      const packed = packParts(parts);
      this.#post({ op: 'write', id, fd, parts: packed, taken }, packedBuffers(packed));
    });
    return {
      outcome,
      cancel: () => {
        if (this.#waiting.has(id)) this.#post({ op: 'cancel', id });
      },
    };
  }

  /** By asking, not by force: a thread must not be ended in the middle of what koffi does. It answers within 50 ms. */
  async terminate(): Promise<void> {
    this.#post({ op: 'end' });
    await this.#worker.exited();
  }

  #post(request: PumpRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.post(request, transfer);
    if (!this.isOver && Atomics.load(this.#isWaiting, 0) === 1) this.#ring();
  }

  #ring(): void {
    writeSync(this.#bell, RING);
  }

  #settle({ id, outcome }: PumpResponse): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.letGo();
    if (typeof outcome === 'string') waiting?.resolve(outcome);
    else waiting?.reject(deserializeError(outcome));
  }

  #fail(failure: Error): void {
    closeSync(this.#bell);
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}
