/** The word that begins every part of a record. */
export const RECORDIO_MAGIC = 0xced7230a;

/** A part's header: the magic word and the word with its flag and length, both little-endian. */
export const HEADER_BYTES = 8;

/** Everything is padded to a multiple of this. */
const ALIGNMENT = 4;

/** The length has 29 bits; the other three hold the flag. */
const LENGTH_BITS = 29;

/** The longest payload that goes out as one part. */
export const MAX_PART_BYTES = 2 ** LENGTH_BITS - 1;

/** Where longer payloads are cut: the longest part that needs no padding, so only the last may have some. */
const SPLIT_BYTES = 2 ** LENGTH_BITS - ALIGNMENT;

/** What a part is to its record. */
export const PartFlag = { whole: 0, first: 1, middle: 2, last: 3 } as const;

/** The number that stands for what a part is to its record. */
export type PartFlag = (typeof PartFlag)[keyof typeof PartFlag];

/** One part of a record: `header`, then `length` bytes of the payload from `start` on, then `padding`. */
export interface RecordPart {
  /** The eight bytes that precede the part. */
  readonly header: Uint8Array;
  /** Where the part begins in the payload, in bytes. */
  readonly start: number;
  /** How much of the payload it holds, in bytes. */
  readonly length: number;
  /** 0 to 3 zero bytes that follow the part. Shared by all parts: do not write to it, nor transfer it. */
  readonly padding: Uint8Array;
}

const ZEROS = new Uint8Array(ALIGNMENT);
const PADDINGS = [0, 1, 2, 3].map((length) => ZEROS.subarray(0, length));

/** How many bytes of padding follow `length` bytes: 0 to 3. */
export function paddingBytes(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
}

/**
 * How to frame a payload of `length` bytes, which need not be in memory: as one whole part up to 2^29 - 1
 * bytes, as a first, middle and last parts beyond.
 *
 * That the parts of such a payload are to be joined as they are is how SageMaker's TensorFlow reader and
 * ml-io read them; what SageMaker itself does with objects of 2^29 bytes and more is not public.
 */
export function recordParts(length: number): RecordPart[] {
  checkLength(length);
  if (length <= MAX_PART_BYTES) return [part(PartFlag.whole, 0, length)];
  const parts: RecordPart[] = [];
  for (let start = 0; start < length; start += SPLIT_BYTES) {
    const isLast = start + SPLIT_BYTES >= length;
    const flag = start === 0 ? PartFlag.first : isLast ? PartFlag.last : PartFlag.middle;
    parts.push(part(flag, start, isLast ? length - start : SPLIT_BYTES));
  }
  return parts;
}

/** How many bytes a payload of `length` bytes takes once it is framed: headers, payload and padding. */
export function recordSize(length: number): number {
  checkLength(length);
  const parts = length <= MAX_PART_BYTES ? 1 : Math.ceil(length / SPLIT_BYTES);
  return parts * HEADER_BYTES + length + paddingBytes(length);
}

/** A payload that is in memory, framed: headers, payload and padding in one. */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(recordSize(payload.length));
  let at = 0;
  for (const { header, start, length, padding } of recordParts(payload.length)) {
    record.set(header, at);
    record.set(payload.subarray(start, start + length), at + header.length);
    at += header.length + length + padding.length;
  }
  return record;
}

function part(flag: PartFlag, start: number, length: number): RecordPart {
  return {
    header: partHeader(flag, length),
    start,
    length,
    padding: PADDINGS[paddingBytes(length)] ?? ZEROS,
  };
}

/** The eight bytes before a part. Written byte by byte, since a `DataView` costs more than the rest together. */
export function partHeader(flag: PartFlag, length: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  writeWord(header, 0, RECORDIO_MAGIC);
  writeWord(header, 4, ((flag << LENGTH_BITS) | length) >>> 0);
  return header;
}

/** A 32-bit little-endian word of `bytes`, as an unsigned number. */
export function readWord(bytes: Uint8Array, at: number): number {
  // Callers have made sure that the four bytes are there.
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** The flag in a header's second word: 0 to 3 mean something, 4 to 7 do not. */
export function flagOf(word: number): number {
  return word >>> LENGTH_BITS;
}

/** The length in a header's second word, in bytes. */
export function lengthOf(word: number): number {
  return word & MAX_PART_BYTES;
}

function checkLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`Expected a payload's length to be an integer from 0 up, got ${length}`);
  }
}
