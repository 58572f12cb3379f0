import { requireLater } from '../../../require-later.js';
import type { FrameFormat } from './frame-splitter.js';
import { RecordProblem } from './record.js';

/** Of the package `crc-32`: its other file has the same functions for CRC-32C. */
type Crc32c = Pick<typeof import('crc-32'), 'buf'>;

/** The length, in 64 bits, and its checksum; both little-endian. */
const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** What TensorFlow adds to a checksum that it has rotated. */
const MASK_DELTA = 0xa282ead8;

/**
 * TFRecord: the length, its masked CRC-32C, the data, and the masked CRC-32C of these (TensorFlow, `record_writer.h`). The
 * checksum of the length is checked, because the places of all records depend on it. That of the data is the reader's: it is sent
 * along with `MultiRecord`, and costs more than all the rest.
 */
export const TFRECORD: FrameFormat = {
  headerBytes: LENGTH_BYTES + CHECKSUM_BYTES,
  truncated: 'TFRECORD_TRUNCATED',
  readHeader(header) {
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    const said = view.getUint32(LENGTH_BYTES, true);
    const found = maskedChecksum(header.subarray(0, LENGTH_BYTES));
    if (said !== found)
      throw new RecordProblem('TFRECORD_INVALID', 'the checksum of its length is not that of its length');
    // Lengths that a number cannot hold are beyond every bound.
    return { contentBytes: Number(view.getBigUint64(0, true)), trailerBytes: CHECKSUM_BYTES, isLast: true };
  },
};

let crc32c: Crc32c | undefined;

function maskedChecksum(bytes: Uint8Array): number {
  crc32c ??= requireLater('crc-32/crc32c.js') as Crc32c;
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
