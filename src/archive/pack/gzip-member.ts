import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';

import type { Block } from './tar-blocks.js';

const deflateBlock = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

/**
 * How many blocks are compressed at a time: as many as libuv's pool has threads by default, but one, which stays free
 * for everybody else.
 */
export const AT_ONCE = 3;

/** How far back deflate looks, in bytes. */
const WINDOW_BYTES = 32 * 1024;
/** What a block becomes comes in pieces of so many bytes. */
const PIECE_BYTES = 512 * 1024;
/** Deflate, no name, no time (the same input gives the same output), Unix. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const END_OF_DATA = Buffer.from([0x03, 0x00]);

/**
 * Compresses blocks on several threads into one gzip member: each ends at a byte's border and knows the end of the one
 * before. One member, because concatenated ones are refused by Python's streaming `r|gz`.
 */
export async function* gzipMember(
  blocks: AsyncIterable<Block>,
  level: number,
): AsyncGenerator<Uint8Array, void> {
  const compressing: Promise<Buffer>[] = [];
  let crc = 0;
  let size = 0;
  let dictionary: Buffer | undefined;
  yield HEADER;
  try {
    for await (const block of blocks) {
      const { bytes } = block;
      crc = crc32(bytes, crc);
      size = (size + bytes.length) % 2 ** 32;
      compressing.push(compress(block, level, dictionary));
      dictionary = Buffer.from(bytes.subarray(-WINDOW_BYTES));
      if (compressing.length === AT_ONCE) yield await compressing.shift()!;
    }
    while (compressing.length > 0) yield await compressing.shift()!;
  } finally {
    await Promise.allSettled(compressing);
  }
  yield END_OF_DATA;
  yield trailer(crc, size);
}

function compress(block: Block, level: number, dictionary: Buffer | undefined): Promise<Buffer> {
  const compressed = deflateBlock(block.bytes, {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: PIECE_BYTES,
    ...(dictionary === undefined ? {} : { dictionary }),
  }).finally(() => block.release());
  compressed.catch(() => undefined); // looked at when it is its turn
  return compressed;
}

function trailer(crc: number, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(size, 4);
  return bytes;
}
