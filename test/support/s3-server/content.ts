import { open } from 'node:fs/promises';

/** The bytes of an object, wherever they are. */
export interface Content {
  readonly size: number;
  /** Chunks of the range from `start` up to but not including `end`, of any size. */
  read(start: number, end: number): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export function bytesContent(bytes: Uint8Array): Content {
  return { size: bytes.length, read: (start, end) => [bytes.subarray(start, end)] };
}

export function fileContent(path: string, size: number): Content {
  return {
    size,
    async *read(start, end) {
      const file = await open(path);
      try {
        yield* file.createReadStream({ start, end: end - 1, highWaterMark: 1 << 20, autoClose: false });
      } finally {
        await file.close();
      }
    },
  };
}

/** Several contents, one after the other: what a multipart upload makes. */
export function joinedContent(parts: readonly Content[]): Content {
  return {
    size: parts.reduce((size, part) => size + part.size, 0),
    async *read(start, end) {
      let offset = 0;
      for (const part of parts) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, part.size);
        if (from < to) yield* part.read(from, to);
        offset += part.size;
      }
    },
  };
}

// A prime, so that pieces of an object that are put together in a wrong order are wrong bytes, too.
const PERIOD = 1_048_573;

/** As many bytes as you like without holding them: a block of pseudo-random bytes, over and over. */
export function syntheticContent(size: number, seed = 1): Content {
  const block = randomBlock(seed);
  return {
    size,
    *read(start, end) {
      for (let at = start; at < end;) {
        const from = at % PERIOD;
        const to = Math.min(PERIOD, from + end - at);
        yield block.subarray(from, to);
        at += to - from;
      }
    },
  };
}

// xorshift32: all that matters is that it is the same everywhere and does not repeat within a block.
function randomBlock(seed: number): Buffer {
  const block = Buffer.alloc(PERIOD);
  let x = seed | 0 || 1;
  for (let i = 0; i < PERIOD; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    block[i] = x & 255;
  }
  return block;
}
