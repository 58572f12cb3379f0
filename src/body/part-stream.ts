import { isBytes } from '../options/checks.js';
import type { LocalPart } from './body.js';
import { takeLentSlab } from './lent-slab.js';
import { PartsBody } from './parts-body.js';

/**
 * What a body is besides its bytes: chunks, and ranges of open files between them, which come to light only while it is
 * read. A range's descriptor stays open until the next part is asked for, or the stream is left.
 */
export type PartStream = AsyncIterable<LocalPart>;

const streams = new WeakMap<object, () => PartStream>();

/** A body that whoever can write ranges of files may read as a stream of parts instead; it can be read once. */
export function streamedBody(open: () => PartStream): AsyncIterable<Uint8Array> {
  const body = bytesOf(open);
  streams.set(body, open);
  return body;
}

/** How to open a body's stream of parts, if it has one. */
export function partStreamOf(body: object): (() => PartStream) | undefined {
  return streams.get(body);
}

async function* bytesOf(open: () => PartStream): AsyncGenerator<Uint8Array> {
  for await (const part of open()) {
    if (isBytes(part)) {
      takeLentSlab(part); // whoever gets it may keep it
      yield part;
    } else {
      yield* new PartsBody([part]);
    }
  }
}
