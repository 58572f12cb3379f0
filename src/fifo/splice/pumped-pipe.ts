import type { LocalPart } from '../../body/body.js';
import { packedBuffers, packParts } from '../../body/packed-parts.js';
import type { FilesBelow, FilesProgress, PumpRequest } from './pump-messages.js';

/** `done`: the pipe has taken everything. `closed`: the reader has left, or it was cancelled. */
export type PumpOutcome = 'done' | 'closed';

interface Waiting {
  readonly resolve: (outcome: PumpOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** A pipe that a thread of ours writes into, from the main thread's side. */
export class PumpedPipe {
  readonly #id: number;
  readonly #post: (request: PumpRequest, transfer?: ArrayBuffer[]) => void;
  #waiting: Waiting[] = [];
  /** Who is told of files that the thread lists. */
  onProgress: ((progress: FilesProgress) => void) | undefined;
  /** How it ended. Also what fails when nobody waits is told: to whoever asks next. */
  #end: 'closed' | Error | undefined;

  constructor(id: number, post: (request: PumpRequest, transfer?: ArrayBuffer[]) => void) {
    this.#id = id;
    this.#post = post;
  }

  /** Queues parts; may be called again before the pipe has taken those before. */
  write(parts: readonly LocalPart[]): Promise<PumpOutcome> {
    const packed = packParts(parts);
    return this.#ask({ op: 'write', id: this.#id, parts: packed }, packedBuffers(packed));
  }

  /** Writes the files below a path, which the thread lists, and tells of them before it resolves. */
  async writeFiles(below: FilesBelow, onProgress: (progress: FilesProgress) => void): Promise<PumpOutcome> {
    this.onProgress = onProgress;
    return await this.#ask({ op: 'writeFiles', id: this.#id, below });
  }

  /** Resolves when nothing of what was written can change any more. Nothing may be written meanwhile. */
  settle(): Promise<PumpOutcome> {
    return this.#ask({ op: 'settle', id: this.#id });
  }

  /** Ends it. Once this has resolved, the thread does not touch the pipe any more. */
  async cancel(): Promise<void> {
    await this.#ask({ op: 'cancel', id: this.#id }).catch(() => undefined); // whoever has written hears of it
  }

  /** Tells whoever has waited longest that it is done; says how many were told. */
  answer(): number {
    const first = this.#waiting.shift();
    first?.resolve('done');
    return first ? 1 : 0;
  }

  /** Tells all who wait, and all who will ask, how it ended; says how many were told. */
  end(how: 'closed' | Error): number {
    const told = this.#waiting;
    this.#waiting = [];
    this.#end = how;
    for (const waiting of told) settle(waiting, how);
    return told.length;
  }

  #ask(request: PumpRequest, transfer?: ArrayBuffer[]): Promise<PumpOutcome> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        settle({ resolve, reject }, this.#end);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#post(request, transfer);
    });
  }
}

function settle({ resolve, reject }: Waiting, how: 'closed' | Error): void {
  if (how === 'closed') resolve(how);
  else reject(how);
}
