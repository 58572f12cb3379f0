import { taskKind } from '../workers/task.js';
import type { PackedParts } from './packed-parts.js';

/** Reads parts one after the other into large chunks, many small parts into one; a chunk per step. */
export const READ_CHUNKS = taskKind<{ readonly parts: PackedParts }, undefined, Uint8Array<ArrayBuffer>>(
  'read chunks',
  { moved: ({ buffer }) => [buffer] },
);

/** The same into the memory that a step is given; the answer is how much of it was filled, in bytes. */
export const FILL_BUFFERS = taskKind<{ readonly parts: PackedParts }, SharedArrayBuffer, number>(
  'fill buffers',
);
