import { createHash, randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { STALL_TIMEOUT_MS } from '../../src/source/s3/request.js';
import { s3Source } from '../../src/source/s3/s3-source.js';
import type { Body } from '../../src/body/body.js';
import type { Source } from '../../src/source/source.js';
import { rejection } from '../support/expected-errors.js';
import type { Fault } from '../support/s3-server/faults.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { contextOf, firstOf, keysOf, listingOf, readAll } from './source-helpers.js';

const SIZE = 1_000_000;
const body = randomBytes(SIZE);

let server: S3Server;
let source: Source;

beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
  server.put('bucket', 'data/object', body);
  source = s3Source('s3://bucket/data/', { s3: server.clientConfig });
});
afterEach(async () => {
  vi.useRealTimers();
  await source.close?.();
  await server.idle(); // whatever happened, no connection is left
  await server.stop();
});

const onGet = (...faults: Fault[]) => {
  server.faults.add(...faults.map((fault) => ({ operation: 'GetObject' as const, fault })));
};
const onList = (...faults: Fault[]) => {
  server.faults.add(...faults.map((fault) => ({ operation: 'ListObjectsV2' as const, fault })));
};
const always = (fault: Fault) => {
  server.faults.add({ operation: 'GetObject', fault, times: Infinity });
};
const ranges = () =>
  server.seen.filter(({ operation }) => operation === 'GetObject').map(({ range }) => range);

async function expectExact(): Promise<void> {
  const [read, ...others] = await readAll(source);
  expect(others).toEqual([]);
  expect(sha256(read!.bytes)).toBe(sha256(body));
}

describe('a download that breaks', () => {
  test('continues at the byte where the connection was reset, as often as there is progress', async () => {
    onGet(...Array.from({ length: 8 }, () => ({ kind: 'reset', afterBytes: 100_000 }) as const));
    await expectExact();
    const starts = ranges().map((range) =>
      Number(/^bytes=(\d+)-999999$/.exec(range ?? 'bytes=0-999999')?.[1]),
    );
    expect(starts).toHaveLength(9);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts.at(-1)).toBeGreaterThan(500_000);
  });

  test.each<[string, Fault[]]>([
    ['reset before the first byte', [{ kind: 'reset', afterBytes: 0 }]],
    ['closed in the middle', [{ kind: 'close', afterBytes: 12_345 }]],
    ['closed before the last byte', [{ kind: 'close', afterBytes: SIZE - 1 }]],
    ['ended early with a regular end of chunks', [{ kind: 'shortChunked', bytes: 400_000 }]],
    ['refused by an overloaded server', [slowDown(), slowDown()]],
    [
      'broken, and then refused',
      [
        { kind: 'reset', afterBytes: 500_000 },
        { kind: 'answer', status: 500, code: 'InternalError' },
      ],
    ],
  ])('is exact after being %s', async (_, faults) => {
    onGet(...faults);
    await expectExact();
    expect(ranges()).toHaveLength(faults.length + 1);
  });

  test('is exact with any sequence of breaks', async () => {
    const fault = fc.oneof(
      fc.record({
        kind: fc.constantFrom('reset' as const, 'close' as const),
        afterBytes: fc.integer({ min: 1, max: SIZE }),
      }),
      fc.record({ kind: fc.constant('shortChunked' as const), bytes: fc.integer({ min: 1, max: 200_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 4 }), async (faults) => {
        server.faults.clear();
        onGet(...faults);
        await expectExact();
      }),
      { numRuns: 15 },
    );
  });

  test('is exact over several ranges, each of which breaks', async () => {
    const large = randomBytes(10_000_000);
    server.put('bucket', 'data/object', large);
    server.faults.add({ operation: 'GetObject', fault: { kind: 'reset', afterBytes: 1_500_000 }, times: 7 });
    const [read] = await readAll(source);
    expect(sha256(read!.bytes)).toBe(sha256(large));
  });

  test('is exact when its ranges are fetched at once', async () => {
    const large = randomBytes(30_000_000);
    server.put('bucket', 'data/object', large);
    server.faults.add({ operation: 'GetObject', fault: { kind: 'reset', afterBytes: 1_000_000 }, times: 5 });
    server.faults.add({ operation: 'GetObject', fault: slowDown(), times: 3 });
    const body = (await firstOf(source)).open(contextOf()) as Body;
    const fetched = await Promise.all(
      body.parts!.map(async (part) => {
        if (!('fetch' in part)) throw new Error('Every part of an S3 object is a range to fetch.');
        return Buffer.concat(await collect(part.fetch(0, part.length)));
      }),
    );
    expect(fetched.length).toBeGreaterThan(4);
    expect(sha256(Buffer.concat(fetched))).toBe(sha256(large));
  });

  test('fails after some attempts without progress, and names object and byte', async () => {
    onGet({ kind: 'reset', afterBytes: 300_000 });
    always({ kind: 'reset', afterBytes: 0 });
    const error = await rejection(readAll(source));
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toMatch(
      /^Reading s3:\/\/bucket\/data\/object at byte [1-9]\d* of 1000000 failed: .*ECONNRESET/,
    );
    expect(error.key).toBe('data/object');
    expect(error.cause).toBeInstanceOf(Error);
    expect(ranges().length).toBeGreaterThan(3);
  });

  test('fails when the server is gone in the middle, as a request that failed', async () => {
    server.putSynthetic('bucket', 'data/object', 100_000_000);
    const object = await firstOf(source);
    const chunks = object.open(contextOf())[Symbol.asyncIterator]();
    await chunks.next();
    await server.stop();
    const rest = async () => {
      while (!(await chunks.next()).done);
    };
    const error = await rejection(rest());
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toMatch(/at byte [1-9]\d* of 100000000 failed: .*ECONNREFUSED/);
    server = await startS3Server();
  });

  test('waits for a slow server', async () => {
    server.put('bucket', 'data/object', body.subarray(0, 60_000));
    server.throttle.bytesPerSecond = 200_000;
    server.throttle.latencyMs = 20;
    const [read] = await readAll(source);
    expect(sha256(read!.bytes)).toBe(sha256(body.subarray(0, 60_000)));
  });

  test.each([
    ['in the middle of a body', 250_000],
    ['before it answers', 0],
  ])('continues over another connection when the server says nothing %s', async (_, afterBytes) => {
    const stalled = new Promise<void>((then) =>
      server.faults.add({ operation: 'GetObject', fault: { kind: 'stall', afterBytes }, then }),
    );
    const object = await firstOf(source);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const chunks = object.open(contextOf())[Symbol.asyncIterator]();
    const read: Uint8Array[] = [];
    let next = chunks.next();
    await stalled;
    for (let bytes = 0; bytes < afterBytes; next = chunks.next()) {
      const { value } = (await next) as IteratorYieldResult<Uint8Array>;
      read.push(value);
      bytes += value.length;
    }
    // No sooner, and not again: for those that are answered, however slowly, the clock stands still.
    await vi.advanceTimersByTimeAsync(STALL_TIMEOUT_MS);
    for (let result = await next; !result.done; result = await chunks.next()) read.push(result.value);
    expect(sha256(Buffer.concat(read))).toBe(sha256(body));
    expect(ranges()).toEqual([undefined, afterBytes === 0 ? undefined : `bytes=${afterBytes}-999999`]);
  });
});

describe('a server that answers with other bytes than it was asked for', () => {
  test('announces fewer: the channel fails instead of ending short', async () => {
    always({ kind: 'short', bytes: 999_999 });
    const error = await rejection(readAll(source));
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toContain('responded with 999999 bytes instead of 1000000');
    expect(error.message).toContain('s3://bucket/data/object');
  });

  test('always ends early', async () => {
    always({ kind: 'shortChunked', bytes: 0 });
    const error = await rejection(readAll(source));
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toContain('the body ended 1000000 bytes early');
  });

  test('does not know ranges', async () => {
    onGet({ kind: 'reset', afterBytes: 1000 }, { kind: 'ignoreConditions' });
    const error = await rejection(readAll(source));
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toContain('Asked for bytes 1000 to 999999 of s3://bucket/data/object');
  });

  test('ignores If-Match: the ETag tells', async () => {
    always({ kind: 'ignoreConditions' });
    for await (const object of source.objects(contextOf())) {
      server.put('bucket', 'data/object', randomBytes(SIZE));
      const error = await rejection(object.open(contextOf())[Symbol.asyncIterator]().next());
      expect(error.code).toBe('SOURCE_CHANGED');
    }
  });

  test.each([
    [
      'changed',
      'SOURCE_CHANGED',
      () => {
        server.put('bucket', 'data/object', randomBytes(SIZE));
      },
    ],
    [
      'shrank',
      'SOURCE_CHANGED',
      () => {
        server.put('bucket', 'data/object', 'x');
      },
    ],
    [
      'vanished',
      'SOURCE_VANISHED',
      () => {
        server.delete('bucket', 'data/object');
      },
    ],
  ])('has an object that %s while it was downloaded', async (_, code, then) => {
    server.faults.add({ operation: 'GetObject', fault: { kind: 'reset', afterBytes: 200_000 } });
    server.faults.add({ operation: 'GetObject', fault: { kind: 'reset', afterBytes: 0 }, then });
    const error = await rejection(readAll(source));
    expect(error.code).toBe(code);
    expect(error.message).toContain('s3://bucket/data/object');
  });
});

describe('a listing', () => {
  test('survives breaks and refusals', async () => {
    onList({ kind: 'reset', afterBytes: 100 }, { kind: 'close', afterBytes: 10 }, slowDown());
    await expectExact();
  });

  test('fails when it never succeeds, and says what the server said', async () => {
    server.faults.add({
      operation: 'ListObjectsV2',
      fault: { kind: 'answer', status: 500, code: 'InternalError' },
      times: Infinity,
    });
    const error = await rejection(source.check?.(contextOf()));
    expect(error.code).toBe('S3_REQUEST_FAILED');
    expect(error.message).toMatch(
      /^Listing s3:\/\/bucket\/data\/ failed: .*InternalError, HTTP 500, request /,
    );
  });

  test.each(['short', 'shortChunked'] as const)(
    'does not end with an answer without a body (%s), on whichever page',
    async (kind) => {
      for (let i = 0; i < 1_500; i++) server.put('bucket', `pages/${String(i).padStart(4, '0')}`, '');
      const pages = s3Source('s3://bucket/pages/', { s3: server.clientConfig });
      onList({ kind, bytes: 0 }, { kind, bytes: 1e6 }, { kind, bytes: 0 }); // between the two pages, a whole one
      expect(await keysOf(pages)).toHaveLength(1_500);
      expect(server.seen).toHaveLength(4);
      server.faults.add({ operation: 'ListObjectsV2', fault: { kind, bytes: 0 }, times: Infinity });
      const error = await rejection(keysOf(pages));
      expect(error.code).toBe('S3_REQUEST_FAILED');
      expect(error.message).toContain(
        'Listing s3://bucket/pages/ failed: the response is empty: it has neither Contents nor IsTruncated.',
      );
      await pages.close?.();
    },
  );

  test('is asked for one page ahead at most, and only when the page before is in use', async () => {
    for (let i = 0; i < 2_500; i++) server.put('bucket', `pages/${String(i).padStart(4, '0')}`, '');
    const pages = s3Source('s3://bucket/pages/', { s3: server.clientConfig });
    const secondAsked = new Promise<void>((resolve) => {
      server.faults.add({ operation: 'ListObjectsV2' }, { operation: 'ListObjectsV2', then: resolve });
    });
    const objects = listingOf(pages);
    await objects.next();
    expect(server.seen).toHaveLength(1);
    await objects.next();
    await secondAsked;
    for (let i = 2; i <= 1_000; i++) await objects.next();
    expect(server.seen).toHaveLength(2);
    await objects.return();
    expect(await keysOf(pages)).toHaveLength(2_500);
    await pages.close?.();
  });
});

function slowDown(): Fault {
  return { kind: 'answer', status: 503, code: 'SlowDown' };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const collected = [];
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
