import { askAhead, startTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';
import type { FileRange } from './body.js';
import { packParts } from './packed-parts.js';
import { FILL_BUFFERS } from './read-tasks.js';

const CHUNK_BYTES = 128 * 1024;

/**
 * The bytes of a file range through a thread of ours, in two buffers that are shared with it and used again: a chunk lasts
 * until the next one is asked for, and while it is used, the other buffer is being filled. For those who look at a large
 * file once and keep little of it: nothing is allocated or copied between threads, and nothing is left for the collector.
 */
export async function* reusedChunks(range: FileRange): AsyncGenerator<Buffer<SharedArrayBuffer>> {
  const buffers = [new SharedArrayBuffer(CHUNK_BYTES), new SharedArrayBuffer(CHUNK_BYTES)] as const;
  let asked = 0;
  let filled = 0;
  const task = startTask(ioThread, FILL_BUFFERS, { parts: packParts([range]) });
  try {
    for await (const length of askAhead(task, () => buffers[asked++ % 2]!))
      yield Buffer.from(buffers[filled++ % 2]!, 0, length);
  } finally {
    await task.close();
  }
}
