import crc32c from 'crc-32/crc32c.js';
import { encodeRecord } from 'sagemaker-pipe-mode/reader';

/** How a kind of records is written into an object, by `SplitType`. */
export const FRAMES: Readonly<Record<string, (record: Uint8Array) => Uint8Array>> = {
  None: (record) => record,
  Line: (record) => Buffer.concat([record, Buffer.from('\n')]),
  RecordIO: (record) => encodeRecord(record),
  TFRecord: tfRecord,
};

/** A record as TensorFlow writes it. */
function tfRecord(record: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(record.length));
  return Buffer.concat([length, masked(length), record, masked(record)]);
}

function masked(bytes: Uint8Array): Uint8Array {
  const crc = crc32c.buf(bytes) >>> 0;
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return checksum;
}

/** Records that are the same every time: bytes of all kinds but newlines, of all lengths up to `longest`. */
export function drawRecords(totalBytes: number, longest: number, seed = 1): Uint8Array[] {
  const random = drawing(seed);
  const records: Uint8Array[] = [];
  for (let bytes = 0; bytes < totalBytes;) {
    const record = Buffer.alloc(Math.floor(random() * longest));
    for (let at = 0; at < record.length; at++) {
      const byte = Math.floor(random() * 256);
      record[at] = byte === 10 ? 11 : byte;
    }
    records.push(record);
    bytes += record.length;
  }
  return records;
}

/** Numbers from 0 up to 1, the same every time. */
export function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
