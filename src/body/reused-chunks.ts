import { startTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';
import type { FileRange } from './body.js';
import { packParts } from './packed-parts.js';

const CHUNK_BYTES = 128 * 1024;

/**
 * The bytes of a file range through a thread of ours, in memory that is used again: a chunk lasts until the next one is
 * asked for. For those who look at a large file once and keep little of it; nothing is left for the collector.
 */
export async function* reusedChunks(range: FileRange): AsyncGenerator<Uint8Array, void> {
  const task = startTask<number, SharedArrayBuffer>(ioThread, 'read', { parts: packParts([range]) });
  try {
    let filling = new SharedArrayBuffer(CHUNK_BYTES);
    let spare = new SharedArrayBuffer(CHUNK_BYTES);
    let upcoming = task.next(filling);
    for (;;) {
      const { done, value: length } = await upcoming;
      if (done) return;
      const chunk = new Uint8Array(filling, 0, length);
      [filling, spare] = [spare, filling];
      upcoming = task.next(filling);
      upcoming.catch(() => undefined); // looked at in the next round, if there is one
      yield chunk;
    }
  } finally {
    await task.close();
  }
}
