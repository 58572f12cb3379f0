import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PipeModeError } from '../../src/errors.js';
import { encodeRecord, readRecords } from '../../src/reader/index.js';
import { PartFlag, partHeader, paddingBytes, recordSize } from '../../src/recordio/framing.js';

const sizes = fc.oneof(
  fc.constantFrom(0, 1, 3, 4, 5, 65_535, 65_536, 65_537),
  fc.nat(40),
  fc.integer({ min: 65_520, max: 65_550 }),
);
const payloads = fc.array(
  fc.tuple(sizes, fc.nat(255)).map(([size, seed]) => bytesOf(size, seed)),
  { maxLength: 12 },
);

/** Bytes that differ from place to place, some of them like a header. */
function bytesOf(size: number, seed: number): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) & 255);
  if (size >= 16) bytes.set(encodeRecord(new Uint8Array(0)), 8);
  return bytes;
}

/** Cuts bytes into chunks of these lengths, over and over; 0 gives an empty chunk. */
function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function part(flag: PartFlag, body: string): Uint8Array {
  return Buffer.concat([
    partHeader(flag, body.length),
    Buffer.from(body),
    Buffer.alloc(paddingBytes(body.length)),
  ]);
}

async function readAll(bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const record of readRecords(bytes)) records.push(record);
  return records;
}

async function readTexts(...chunks: Uint8Array[]): Promise<string[]> {
  return (await readAll(chunks)).map((record) => Buffer.from(record).toString());
}

/** How reading ends: its records, and the error. */
async function readUntilError(...chunks: Uint8Array[]): Promise<{ records: string[]; error: PipeModeError }> {
  const records: string[] = [];
  try {
    for await (const record of readRecords(chunks)) records.push(Buffer.from(record).toString());
  } catch (error) {
    expect(error).toBeInstanceOf(PipeModeError);
    return { records, error: error as PipeModeError };
  }
  throw new Error('Expected reading to fail');
}

describe('decoding what was encoded', () => {
  test('gives the payloads, however the stream is cut', async () => {
    const lengths = fc.array(fc.constantFrom(0, 1, 3, 7, 8, 9, 1000, 65_536, 1_000_000), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(
        payloads,
        lengths.filter((all) => all.some((it) => it > 0)),
        async (expected, cuts) => {
          const stream = Buffer.concat(expected.map(encodeRecord));
          const records = await readAll(cut(stream, cuts));
          expect(records.length).toBe(expected.length);
          records.forEach((record, i) => {
            expect(Buffer.compare(record, expected[i]!)).toBe(0);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives the payloads when every byte comes alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), async (expected) => {
        const records = await readAll(cut(Buffer.concat(expected.map(encodeRecord)), [1]));
        expect(records.map((record) => [...record])).toEqual(expected.map((payload) => [...payload]));
      }),
    );
  });

  test('an empty stream has no records', async () => {
    expect(await readAll([])).toEqual([]);
    expect(await readAll([new Uint8Array(0)])).toEqual([]);
  });

  test('the size of an encoded record is the announced one', () => {
    fc.assert(fc.property(sizes, (size) => encodeRecord(new Uint8Array(size)).length === recordSize(size)));
  });

  test('a payload inside one chunk is not copied, and is no Buffer even if the chunk is', async () => {
    const chunk = Buffer.concat([encodeRecord(Buffer.from('ab')), encodeRecord(Buffer.from('c'))]);
    const records = await readAll([chunk]);
    expect(records.map((record) => record.buffer === chunk.buffer)).toEqual([true, true]);
    expect(records.map((record) => Buffer.isBuffer(record))).toEqual([false, false]);
  });

  test('a payload that begins with the second chunk is not copied either', async () => {
    const bytes = encodeRecord(Buffer.from('abcd'));
    const second = bytes.slice(8);
    const [record] = await readAll([bytes.subarray(0, 8), second]);
    expect(record!.buffer).toBe(second.buffer);
  });
});

describe('another implementation', () => {
  test('reads what ours encodes', async () => {
    const expected = [0, 1, 3, 4, 5, 65_535, 65_536, 65_537, 1_048_577].map((size) => bytesOf(size, size));
    const program = fileURLToPath(new URL('../support/recordio_reader.py', import.meta.url));
    const child = spawn('python3', [program]);
    child.stdin.end(Buffer.concat(expected.map(encodeRecord)));
    const [lines, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(complaint).toBe('');
    const found = lines.trim().split('\n');
    expect(found.map((line) => JSON.parse(line))).toEqual(
      expected.map((payload) => ({
        bytes: payload.length,
        sha256: createHash('sha256').update(payload).digest('hex'),
      })),
    );
  });
});

describe('records of several parts', () => {
  const { whole, first, middle, last } = PartFlag;

  test('are joined as they are', async () => {
    const stream = Buffer.concat([
      part(whole, 'before'),
      part(first, 'abcde'),
      part(middle, ''),
      part(middle, 'fg'),
      part(last, 'h'),
      part(first, 'x'),
      part(last, ''),
      part(whole, 'after'),
    ]);
    const expected = ['before', 'abcdefgh', 'x', 'after'];
    expect(await readTexts(stream)).toEqual(expected);
    for (const length of [1, 2, 5, 8, 9, 13]) {
      expect(await readTexts(...cut(stream, [length]))).toEqual(expected);
    }
  });

  test.each([
    ['a middle part without a first', [part(middle, 'a')], 0, 0],
    ['a last part without a first', [part(whole, 'a'), part(last, 'b')], 1, 12],
    ['a whole record inside another', [part(first, 'abcd'), part(whole, 'b')], 0, 12],
    ['a first part inside a record', [part(first, 'abcd'), part(first, 'b')], 0, 12],
  ])('are refused: %s', async (_name, parts, record, offset) => {
    const { error } = await readUntilError(Buffer.concat(parts));
    expect(error.code).toBe('RECORDIO_INVALID');
    expect(error.message).toContain(`Record ${record} is not RecordIO: at byte ${offset}, expected a part`);
  });

  test.each([4, 5, 6, 7])('are refused: flag %i, which means nothing', async (flag) => {
    const { error } = await readUntilError(partHeader(flag as PartFlag, 0));
    expect(error.code).toBe('RECORDIO_INVALID');
    expect(error.message).toContain(`got ${flag} (header word 0x${(flag * 2).toString(16)}0000000)`);
  });
});

describe('a stream that is not right', () => {
  test('names the record, the byte and both words', async () => {
    const { records, error } = await readUntilError(
      encodeRecord(Buffer.from('fine')),
      Buffer.from('1,2,3\n4,'),
    );
    expect(records).toEqual(['fine']);
    expect(error.code).toBe('RECORDIO_INVALID');
    expect(error.message).toContain(
      'Record 1 is not RecordIO: at byte 12, expected the magic word 0xced7230a, got 0x2c322c31.',
    );
  });

  test('that ends early is truncated, wherever that is', async () => {
    const stream = Buffer.concat([encodeRecord(Buffer.from('first')), encodeRecord(Buffer.from('second'))]);
    const whole = new Set([0, 16, stream.length]);
    for (let length = 0; length <= stream.length; length++) {
      for (const chunkLength of [1, 5, 100]) {
        const chunks = [...cut(stream.subarray(0, length), [chunkLength])];
        if (whole.has(length)) {
          await expect(readTexts(...chunks)).resolves.toHaveLength([...whole].indexOf(length));
          continue;
        }
        const { records, error } = await readUntilError(...chunks);
        expect(error.code).toBe('RECORDIO_TRUNCATED');
        expect(error.message).toContain(`ends inside record ${length < 16 ? 0 : 1}, at byte ${length}:`);
        expect(records).toEqual(['first', 'second'].slice(0, length < 13 ? 0 : length < 30 ? 1 : 2));
      }
    }
  });

  test('that ends between parts is truncated', async () => {
    const { error } = await readUntilError(part(PartFlag.first, 'abcd'));
    expect(error.code).toBe('RECORDIO_TRUNCATED');
    expect(error.message).toContain('it has 1 part(s), none of them marked as the last');
  });

  test('padding may contain anything, as for other readers', async () => {
    const bytes = encodeRecord(Buffer.from('a'));
    bytes.set([1, 2, 3], 9);
    expect(await readTexts(bytes)).toEqual(['a']);
  });

  test('of something else than bytes is refused', async () => {
    await expect(readAll(['text'] as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(readAll(new Uint8Array(8) as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(() => encodeRecord('text' as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test('that fails by itself fails as it does', async () => {
    const failure = new Error('disk on fire');
    const stream = (async function* () {
      yield encodeRecord(Buffer.from('a'));
      throw failure;
    })();
    await expect(readAll(stream)).rejects.toBe(failure);
  });
});

test('leaving the loop closes the stream', async () => {
  let isClosed = false;
  const stream = (async function* () {
    try {
      for (;;) yield encodeRecord(Buffer.from('again'));
    } finally {
      isClosed = true;
    }
  })();
  for await (const record of readRecords(stream)) {
    expect(Buffer.from(record).toString()).toBe('again');
    break;
  }
  expect(isClosed).toBe(true);
});
