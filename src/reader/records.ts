import { checkBytes } from '../options/checks.js';
import { check } from '../options/expected.js';
import { frameRecord } from '../recordio/framing.js';
import { RecordDecoder } from '../recordio/record-decoder.js';

/**
 * Takes a stream of RecordIO apart: the payloads, in order.
 *
 * A channel whose `RecordWrapperType` is `RecordIO` sends each object as one record, so this gives back the
 * objects. The framing is `uint32 0xced7230a`, a `uint32` with a flag (upper 3 bits) and a length (lower 29
 * bits), the payload, zero padding to 4 bytes, all little-endian. A payload of 2^29 bytes or more comes in
 * several parts (flags 1, 2, 3); they are joined as they are, as SageMaker's TensorFlow reader
 * (`PipeModeDataset`) and ml-io do. dmlc-core (MXNet) puts the magic word back between parts, since its
 * writer cuts a payload where it contains that word; its files with such payloads need its own reader.
 *
 * - Chunks may be of any size. A payload that lies within one chunk is a view of it, without a copy, and
 *   keeps the whole chunk in memory: `slice()` what you keep if it is little of much.
 * - One record is in memory as a whole. One that spans chunks is copied once (of one beyond 4 MiB some 10 % twice, since
 *   memory grows with what arrives and not with what a header claims), one that has several parts twice.
 * - What the padding contains is not looked at, as in the readers named above; that it is there is.
 * - Leaving the loop early closes `bytes`.
 *
 * @param bytes - A stream of bytes, such as an {@link Epoch}, or a list of chunks.
 * @returns The payloads. It can be read once.
 * @throws `PipeModeError` `RECORDIO_INVALID` if there is no magic word where one is expected, or if the
 *   flags are in an order that makes no record; `RECORDIO_TRUNCATED` if the data ends inside a record, which
 *   includes its padding; `RECORDIO_TOO_LARGE` if there is no memory for a record; `INVALID_OPTION` if `bytes` is no stream, which is thrown at once, or yields something else
 *   than bytes. Records that precede the mistake are delivered first.
 *
 * @example
 * ```ts
 * import { readEpochs, readRecords } from 'sagemaker-pipe-mode/reader';
 *
 * for await (const epoch of readEpochs({ dir: './ml/input/data', channel: 'training', epochs: 3 })) {
 *   for await (const record of readRecords(epoch)) console.log(`${record.length} bytes`);
 * }
 * ```
 */
export function readRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  check('bytes', 'a stream of Uint8Arrays, or a list of them', bytes, isStream);
  return decode(bytes);
}

async function* decode(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new RecordDecoder();
  for await (const chunk of bytes) {
    checkBytes('bytes', 'a stream of Uint8Arrays', chunk);
    decoder.push(chunk);
    for (let record = decoder.next(); record !== undefined; record = decoder.next()) yield record;
  }
  decoder.end();
}

/** One `Uint8Array` where a list of them is meant, or a string, can be iterated too, and would pass for an odd stream. */
function isStream(bytes: unknown): boolean {
  if (typeof bytes !== 'object' || ArrayBuffer.isView(bytes)) return false;
  const stream = bytes as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  return typeof (stream[Symbol.asyncIterator] ?? stream[Symbol.iterator]) === 'function';
}

/**
 * Frames one payload as RecordIO: header, payload, padding to 4 bytes. A payload of 2^29 bytes or more
 * becomes several parts; see {@link readRecords} for the format and who can read that.
 *
 * @param payload - 0 bytes or more. It is copied.
 * @throws `PipeModeError` `INVALID_OPTION` if it is no `Uint8Array`.
 * @returns The encoded record: 8 bytes longer than the payload for every part, plus 0 to 3 bytes of padding.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { encodeRecord } from 'sagemaker-pipe-mode/reader';
 *
 * const records = ['a', 'b'].map((text) => encodeRecord(Buffer.from(text)));
 * writeFileSync('letters.rec', Buffer.concat(records));
 * ```
 */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  checkBytes('payload', 'a Uint8Array', payload);
  return frameRecord(payload);
}
