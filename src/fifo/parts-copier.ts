import type { LocalPart } from '../body/body.js';
import { packParts } from '../body/packed-parts.js';
import { READ_CHUNK_BYTES } from '../body/parts-reader.js';
import { startTask } from '../workers/run-task.js';
import { ioThread } from '../workers/threads.js';

/**
 * Reads parts in a thread, and hands over one filled buffer after the other. While one is being written, the
 * next is being filled; the two are shared with the thread and used again, so nothing is allocated or copied
 * between threads on the way.
 *
 * @returns `false` as soon as `write` has answered `false`.
 */
export async function copyParts(
  parts: readonly LocalPart[],
  write: (bytes: Uint8Array) => Promise<boolean>,
): Promise<boolean> {
  const task = startTask<number, SharedArrayBuffer>(ioThread, 'read', { parts: packParts(parts) });
  try {
    let filling = new SharedArrayBuffer(bufferLength(parts));
    let spare = new SharedArrayBuffer(filling.byteLength);
    let upcoming = task.next(filling);
    for (;;) {
      const { done, value: length } = await upcoming;
      if (done) return true;
      const bytes = Buffer.from(filling, 0, length);
      [filling, spare] = [spare, filling];
      upcoming = task.next(filling);
      upcoming.catch(() => undefined); // looked at in the next round, if there is one
      if (!(await write(bytes))) return false;
    }
  } finally {
    await task.close();
  }
}

function bufferLength(parts: readonly LocalPart[]): number {
  let length = 0;
  for (const part of parts) {
    length += part.length;
    if (length >= READ_CHUNK_BYTES) return READ_CHUNK_BYTES;
  }
  return Math.max(length, 1);
}
