import fc from 'fast-check';
import { PipeModeError } from 'sagemaker-pipe-mode';
import { encodeRecord, readRecords } from 'sagemaker-pipe-mode/reader';
import { expect, test } from 'vitest';

import { partHeader, type PartFlag } from '../../src/recordio/framing.js';
import { RecordDecoder } from '../../src/recordio/record-decoder.js';
import { fuzz, FUZZ_TIMEOUT_MS, mutate, mutations } from './fuzz.js';
import { type Decoded, decodeReference } from './reference-recordio.js';

/** Records of one part or, as only huge ones have it otherwise, of several. */
const records = fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 6,
});

/** Where to cut, as fractions of the length: also in the same place, which makes empty chunks. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test('what is encoded is decoded, however it is cut', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  await fuzz(
    fc.asyncProperty(records, cuts, async (all, places) => {
      const found = await decodeAll(chunksOf(encodeAll(all), places));
      expect(found).toEqual({ payloads: all.map((parts) => Buffer.concat(parts)), code: undefined });
    }),
  );
});

test('mutated and cut off, it is what the reference says', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  await fuzz(
    fc.asyncProperty(records, mutations, cuts, async (all, changes, places) => {
      const bytes = mutate(encodeAll(all), changes);
      const expected = decodeReference(bytes);
      const chunks = chunksOf(bytes, places);
      expect(await decodeAll(chunks)).toEqual(expected);
      expect(pushAll(chunks)).toEqual(expected);
    }),
  );
});

test('random bytes behind a header are what the reference says', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  const header = fc
    .tuple(fc.nat(7), fc.oneof(fc.nat(40), fc.nat(2 ** 29 - 1)))
    .map(([flag, length]) => partHeader(flag as PartFlag, length));
  const bytes = fc.array(fc.oneof(header, fc.uint8Array({ maxLength: 20 })), { maxLength: 6 });
  await fuzz(
    fc.asyncProperty(bytes, cuts, async (pieces, places) => {
      const all = Buffer.concat(pieces);
      expect(await decodeAll(chunksOf(all, places))).toEqual(decodeReference(all));
    }),
  );
});

function encodeAll(all: readonly (readonly Uint8Array[])[]): Buffer {
  return Buffer.concat(
    all.flatMap((parts) => (parts.length === 1 ? [encodeRecord(parts[0]!)] : framed(parts))),
  );
}

function framed(parts: readonly Uint8Array[]): Uint8Array[] {
  return parts.flatMap((part, index) => {
    const flag = index === 0 ? 1 : index === parts.length - 1 ? 3 : 2;
    return [partHeader(flag, part.length), part, Buffer.alloc((4 - (part.length % 4)) % 4)];
  });
}

function chunksOf(bytes: Buffer, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

async function decodeAll(chunks: readonly Uint8Array[]): Promise<Decoded> {
  const payloads: Buffer[] = [];
  try {
    for await (const payload of readRecords(chunks)) payloads.push(Buffer.from(payload));
    return { payloads, code: undefined };
  } catch (error) {
    return { payloads, code: codeOf(error) };
  }
}

function pushAll(chunks: readonly Uint8Array[]): Decoded {
  const payloads: Buffer[] = [];
  const decoder = new RecordDecoder();
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next())
        payloads.push(Buffer.from(next));
    }
    decoder.end();
    return { payloads, code: undefined };
  } catch (error) {
    return { payloads, code: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  if (error instanceof PipeModeError) return error.code;
  throw error;
}
