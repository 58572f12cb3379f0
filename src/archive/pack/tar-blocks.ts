import { startTask } from '../../workers/run-task.js';
import { ioThread } from '../../workers/threads.js';
import { PACK, type PackProgress } from './pack-task.js';
import type { LeftOut } from './tree.js';

/** Some bytes of an archive, in memory that is used again after `release()`. */
export interface Block {
  readonly bytes: Uint8Array;
  release(): void;
}

export interface TarOptions {
  /** How many blocks whoever consumes them may hold at a time. */
  readonly held: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PackProgress) => void) | undefined;
  readonly onLeftOut?: ((leftOut: LeftOut) => void) | undefined;
}

const BLOCK_SIZE = 1024 * 1024;

/**
 * A directory as tar, in blocks of 1 MiB. A thread of ours reads, one block ahead: neither the event loop nor libuv's
 * pool, which may be busy compressing, is asked for every small file.
 */
export async function* tarBlocks(
  directory: string,
  { held, signal, onProgress, onLeftOut }: TarOptions,
): AsyncGenerator<Block, void> {
  const task = startTask(ioThread, PACK, { directory }, signal);
  const free = new FreeMemory(held + 1);
  const step = async () => {
    const memory = await free.take();
    return { memory, result: await task.next(memory) };
  };
  try {
    let upcoming = step();
    for (;;) {
      const { memory, result } = await upcoming;
      if (result.done) return;
      upcoming = step();
      upcoming.catch(() => undefined); // looked at in the next round, if there is one
      const { length, leftOut, entries, bytes } = result.value;
      for (const each of leftOut) onLeftOut?.(each);
      onProgress?.({ entries, bytes });
      yield { bytes: new Uint8Array(memory, 0, length), release: () => free.give(memory) };
    }
  } finally {
    await task.close();
  }
}

/** A fixed number of blocks of memory. */
class FreeMemory {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #waiting: ((memory: SharedArrayBuffer) => void)[] = [];
  #unmade: number;

  constructor(count: number) {
    this.#unmade = count;
  }

  async take(): Promise<SharedArrayBuffer> {
    const memory = this.#free.pop();
    if (memory !== undefined) return memory;
    if (this.#unmade === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#unmade--;
    return new SharedArrayBuffer(BLOCK_SIZE);
  }

  give(memory: SharedArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(memory);
    else next(memory);
  }
}
