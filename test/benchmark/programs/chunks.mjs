import { closeSync, openSync, readSync } from 'node:fs';

/** @typedef {import('../ours.js').ChunksPlan} ChunksPlan */

/**
 * What JavaScript makes: chunks of what is in memory, so that making them costs nothing; or a copy each, as from a
 * program that makes them anew.
 *
 * @param {ChunksPlan} plan
 */
export function chunksOf({ path, period, bytes, chunkBytes, isFresh = false }) {
  const memory = Buffer.alloc(period + chunkBytes);
  const fd = openSync(path, 'r');
  readSync(fd, memory, 0, memory.length, 0);
  closeSync(fd);
  return async function* () {
    for (let at = 0; at < bytes; at += chunkBytes) {
      const from = at % period;
      const chunk = memory.subarray(from, from + Math.min(chunkBytes, bytes - at));
      yield isFresh ? new Uint8Array(chunk) : chunk;
    }
  };
}
