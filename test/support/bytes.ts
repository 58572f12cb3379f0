import { createHash } from 'node:crypto';

/** The SHA-256 of some bytes, as hexadecimal digits. */
export function sha256(...bytes: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const each of bytes) hash.update(each);
  return hash.digest('hex');
}

/** Enough for most; a prime number long, so that what is repeated does not fall on any border. */
const NOISE_BYTES = 8_388_593;
let base: Buffer | undefined;

/** Bytes that look random and are the same every time: a wrong order, a gap or a repetition shows. */
export function noise(length: number, seed = 1): Buffer {
  base ??= randomBytes();
  const bytes = Buffer.alloc(length);
  for (let at = 0, from = (seed * 1_000_003) % NOISE_BYTES; at < length; from = 0) {
    at += base.copy(bytes, at, from);
  }
  return bytes;
}

function randomBytes(): Buffer {
  const words = new Uint32Array(Math.ceil(NOISE_BYTES / 4));
  let state = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return Buffer.from(words.buffer, 0, NOISE_BYTES);
}

/** The plain computation of a record of RecordIO, for payloads shorter than 2^29 bytes. */
export function recordOf(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0xced7230a, 0);
  header.writeUInt32LE(payload.length, 4);
  return Buffer.concat([header, payload, Buffer.alloc((4 - (payload.length % 4)) % 4)]);
}

/** Cuts bytes into chunks of the given lengths, over and over. One of them has to be greater than 0. */
export async function* inChunks(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
    if (i > 0 && i % lengths.length === 0 && lengths.every((each) => each === 0))
      throw new Error('no progress');
  }
}

/** All bytes of an iterable in one. */
export async function collect(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}
