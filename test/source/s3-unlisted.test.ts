import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import type { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Connection } from '../../src/source/s3/connection.js';
import { downloadUnlistedInRanges } from '../../src/source/s3/download-unlisted.js';
import { RANGE_BYTES } from '../../src/source/s3/ranged-download.js';
import type { MemoryLimit } from '../../src/source/source.js';
import { sha256 } from '../support/bytes.js';
import { rejection } from '../support/expected-errors.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';

const MIB = 1024 * 1024;
const object = { bucket: 'bucket', key: 'object' };
const large = randomBytes(10 * RANGE_BYTES + 12_345);

let server: S3Server;
let connection: Connection;

beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
  connection = new Connection({ s3: server.clientConfig });
});
afterEach(async () => {
  connection.close();
  await server.idle(); // whatever happened, no connection is left
  await server.stop();
});

/** A bound on memory that remembers, and has to get back all that was taken. */
class Memory implements MemoryLimit {
  taken = 0;
  most = 0;
  constructor(public bytes = Infinity) {}

  tryReserve(bytes: number): boolean {
    if (this.taken + bytes > this.bytes) return false;
    this.taken += bytes;
    this.most = Math.max(this.most, this.taken);
    return true;
  }

  release(bytes: number): void {
    this.taken -= bytes;
    expect(this.taken).toBeGreaterThanOrEqual(0);
  }
}

function open(memory: MemoryLimit = new Memory(), signal = new AbortController().signal) {
  return downloadUnlistedInRanges(connection, object, { signal, memory });
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function firstChunk(chunks: AsyncGenerator<Uint8Array, void>): Promise<Uint8Array> {
  const { value } = await chunks.next();
  if (!value) throw new Error('There is no first chunk.');
  return value;
}

const ranges = () => server.seen.map(({ range }) => range);

test.each([
  ['one byte', 1],
  ['almost a range', RANGE_BYTES - 1],
  ['exactly a range', RANGE_BYTES],
])('an object of %s is one request', async (_size, size) => {
  const memory = new Memory();
  server.put('bucket', 'object', large.subarray(0, size));
  expect(sha256(await read(open(memory)))).toBe(sha256(large.subarray(0, size)));
  expect(ranges()).toEqual([`bytes=0-${RANGE_BYTES - 1}`]);
  expect(memory).toMatchObject({ most: 0, taken: 0 });
});

test('an empty object is one request, of a server that says that it is empty', async () => {
  server.put('bucket', 'object', '');
  expect(await read(open())).toHaveLength(0);
  expect(ranges()).toHaveLength(1);
});

test('an object of a server that says only that there is no such range is asked for as a whole', async () => {
  server.put('bucket', 'object', 'there');
  server.faults.add({ operation: 'GetObject', fault: { kind: 'answer', status: 416, code: 'InvalidRange' } });
  expect((await read(open())).toString()).toBe('there');
  expect(ranges()).toEqual([`bytes=0-${RANGE_BYTES - 1}`, undefined]);
});

test('an object of a byte more than a range is two requests', async () => {
  server.put('bucket', 'object', large.subarray(0, RANGE_BYTES + 1));
  expect(sha256(await read(open()))).toBe(sha256(large.subarray(0, RANGE_BYTES + 1)));
  expect(ranges()).toEqual([`bytes=0-${RANGE_BYTES - 1}`, `bytes=${RANGE_BYTES}-${RANGE_BYTES}`]);
});

test('the ranges of a large object are fetched at once, each of them once, while the first is read', async () => {
  server.put('bucket', 'object', large);
  const allAsked = new Promise<void>((resolve) => {
    for (let i = 0; i < 11; i++)
      server.faults.add({ operation: 'GetObject', ...(i === 10 && { then: resolve }) });
  });
  const memory = new Memory();
  const chunks = open(memory);
  const first = await firstChunk(chunks); // nobody reads on
  await allAsked;
  expect(memory.taken).toBe(10 * RANGE_BYTES);
  const rest = await read(chunks);
  expect(sha256(first, rest)).toBe(sha256(large));
  const starts = Array.from({ length: 11 }, (_, i) => i * RANGE_BYTES);
  expect(ranges()).toEqual(
    starts
      .map((start) => `bytes=${start}-${Math.min(start + RANGE_BYTES, large.length) - 1}`)
      .map((r, i) => (i === 0 ? `bytes=0-${RANGE_BYTES - 1}` : r)),
  );
  expect(memory.taken).toBe(0);
});

test('no more is fetched ahead than there is memory for', async () => {
  server.put('bucket', 'object', large);
  const memory = new Memory(16 * MIB);
  expect(sha256(await read(open(memory)))).toBe(sha256(large));
  expect(memory.most).toBeLessThanOrEqual(16 * MIB);
  expect(memory.taken).toBe(0);
  expect(ranges()).toHaveLength(11);
});

test('without memory, the rest comes over one connection', async () => {
  server.put('bucket', 'object', large);
  expect(sha256(await read(open(new Memory(0))))).toBe(sha256(large));
  expect(ranges()).toEqual([`bytes=0-${RANGE_BYTES - 1}`, `bytes=${RANGE_BYTES}-${large.length - 1}`]);
});

test('memory that comes later is used, and lost again, without a byte too many', async () => {
  server.put('bucket', 'object', large);
  const memory = new Memory(0);
  const bytes: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of open(memory)) {
    bytes.push(chunk);
    length += chunk.length;
    memory.bytes = length > 2.5 * RANGE_BYTES ? 3 * RANGE_BYTES : 0;
  }
  expect(sha256(...bytes)).toBe(sha256(large));
  expect(memory.most).toBeGreaterThan(0);
  expect(memory.taken).toBe(0);
});

test('only the first of several fetches ahead, and the next one when it has ended', async () => {
  server.put('bucket', 'object', large);
  const [one, two] = [new Memory(), new Memory()];
  const [first, second] = [open(one), open(two)];
  await first.next();
  await second.next();
  expect(one.taken).toBeGreaterThan(0);
  expect(two.taken).toBe(0);
  await first.return(undefined);
  expect(one.taken).toBe(0);
  await read(second);
  expect(two.most).toBeGreaterThan(0);
  expect(two.taken).toBe(0);
});

test('a server that knows no ranges sends everything over one connection', async () => {
  server.put('bucket', 'object', large);
  server.faults.add({ operation: 'GetObject', fault: { kind: 'ignoreConditions' }, times: Infinity });
  const memory = new Memory();
  expect(sha256(await read(open(memory)))).toBe(sha256(large));
  expect(ranges()).toHaveLength(1);
  expect(memory.most).toBe(0);
});

describe('nothing is left, and nothing looks complete, when', () => {
  test.each([
    ['it is left in the middle', 'return'],
    ['the signal is aborted', 'abort'],
    ['the object changes', 'change'],
    ['the object vanishes', 'vanish'],
    ['a range fails for good', 'fail'],
  ])('%s', async (_what, what) => {
    server.put('bucket', 'object', large);
    const memory = new Memory(12 * MIB);
    const controller = new AbortController();
    const reason = new Error('enough');
    const chunks = open(memory, controller.signal);
    let { length } = await firstChunk(chunks);
    if (what === 'abort') controller.abort(reason);
    if (what === 'change') server.put('bucket', 'object', randomBytes(large.length));
    if (what === 'vanish') server.delete('bucket', 'object');
    if (what === 'fail')
      server.faults.add({ operation: 'GetObject', fault: { kind: 'reset', afterBytes: 0 }, times: Infinity });
    if (what === 'return') {
      await chunks.return(undefined);
    } else {
      const failing = (async () => {
        for await (const chunk of chunks) length += chunk.length;
      })();
      if (what === 'abort') await expect(failing).rejects.toBe(reason);
      else {
        const code = { change: 'SOURCE_CHANGED', vanish: 'SOURCE_VANISHED', fail: 'S3_REQUEST_FAILED' }[what];
        expect(await rejection(failing)).toMatchObject({ code, key: 'object' });
      }
      expect(length).toBeLessThan(large.length);
    }
    expect(memory.taken).toBe(0);
  });
});

test.each<[string, object, string]>([
  ['no length', { ContentRange: 'bytes 0-4/*', ContentLength: 5, ETag: '"x"' }, 'does not say its length'],
  ['no ETag', { ContentRange: 'bytes 0-4/5', ContentLength: 5 }, 'does not say its length and its ETag'],
  ['a range elsewhere', { ContentRange: 'bytes 1-4/5', ContentLength: 4, ETag: '"x"' }, 'does not say'],
  ['a range that is no range', { ContentRange: 'everything', ContentLength: 5, ETag: '"x"' }, 'does not say'],
  ['another length', { ContentRange: 'bytes 0-4/5', ContentLength: 4, ETag: '"x"' }, 'instead of 5'],
  ['neither', { ETag: '"x"' }, 'does not say its length'],
])('an answer with %s is refused', async (_what, answer, text) => {
  const send = () => Promise.resolve({ ...answer, Body: Readable.from([Buffer.from('12345')]) });
  connection = new Connection({ s3: { send, config: {} } as unknown as S3Client });
  const error = await rejection(read(open()));
  expect(error.code).toBe('S3_REQUEST_FAILED');
  expect(error.message).toContain(text);
  expect(error.message).toContain('s3://bucket/object');
});

test('is exact for any size, any memory and any sequence of breaks', async () => {
  const fault = fc.oneof(
    fc.record({
      kind: fc.constantFrom('reset' as const, 'close' as const),
      afterBytes: fc.integer({ min: 1, max: RANGE_BYTES }),
    }),
    fc.record({
      kind: fc.constant('shortChunked' as const),
      bytes: fc.integer({ min: 1, max: RANGE_BYTES }),
    }),
    fc.constant({ kind: 'answer' as const, status: 500, code: 'InternalError' }),
  );
  const size = fc.oneof(
    fc.integer({ min: 0, max: 3 * RANGE_BYTES }),
    fc
      .integer({ min: 0, max: 5 })
      .chain((n) => fc.constantFrom(...[-1, 0, 1].map((d) => n * RANGE_BYTES + d))),
  );
  await fc.assert(
    fc.asyncProperty(
      size.map((it) => Math.max(it, 0)),
      fc.integer({ min: 0, max: 16 * MIB }),
      fc.array(fault, { maxLength: 4 }),
      async (bytes, limit, faults) => {
        server.faults.clear();
        server.put('bucket', 'object', large.subarray(0, bytes));
        server.faults.add(...faults.map((it) => ({ operation: 'GetObject' as const, fault: it })));
        const memory = new Memory(limit);
        const got = await read(open(memory));
        expect(got.length).toBe(bytes);
        expect(sha256(got)).toBe(sha256(large.subarray(0, bytes)));
        expect(memory.taken).toBe(0);
        expect(memory.most).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 12 },
  );
});
