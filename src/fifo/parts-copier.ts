import type { LocalPart } from '../body/body.js';
import { READ_CHUNK_BYTES } from '../body/parts-reader.js';
import { fillBuffers } from '../body/reused-chunks.js';

/**
 * Reads parts in a thread, and hands over one filled buffer after the other. While one is being written, the
 * next is being filled.
 *
 * @returns `false` as soon as `write` has answered `false`.
 */
export async function copyParts(
  parts: readonly LocalPart[],
  write: (bytes: Uint8Array) => Promise<boolean>,
): Promise<boolean> {
  for await (const bytes of fillBuffers(parts, bufferLength(parts))) {
    if (!(await write(bytes))) return false;
  }
  return true;
}

function bufferLength(parts: readonly LocalPart[]): number {
  let length = 0;
  for (const part of parts) {
    length += part.length;
    if (length >= READ_CHUNK_BYTES) return READ_CHUNK_BYTES;
  }
  return Math.max(length, 1);
}
