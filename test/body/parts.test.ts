import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, rmSync, statSync, truncateSync, unlinkSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { FileRange, LocalPart } from '../../src/body/body.js';
import { packParts, unpackParts } from '../../src/body/packed-parts.js';
import { PartsReader, READ_CHUNK_BYTES } from '../../src/body/parts-reader.js';
import { sliceParts } from '../../src/body/slice-parts.js';
import { listedAs } from '../../src/fs/file-errors.js';
import { noise } from '../support/bytes.js';
import { replaceWithOldTime, rewriteWithOldTime } from '../support/old-time.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const FILE_BYTES = 1000;

const some = fc.array(
  fc.record({ isFile: fc.boolean(), from: fc.nat(FILE_BYTES), length: fc.nat(FILE_BYTES), seed: fc.nat(9) }),
  { maxLength: 8 },
);
type Some = typeof some extends fc.Arbitrary<infer T> ? T : never;

function partsOf(description: Some): LocalPart[] {
  const path = scratch.path('file');
  return description.map(({ isFile, from, length, seed }) =>
    isFile ? { path, offset: from, length: Math.min(length, FILE_BYTES - from) } : noise(length, seed),
  );
}

function plainly(parts: readonly LocalPart[]): Buffer {
  const file = noise(FILE_BYTES, 42);
  return Buffer.concat(
    parts.map((part) =>
      part instanceof Uint8Array ? part : file.subarray(part.offset, part.offset + part.length),
    ),
  );
}

/** Reads everything, into targets of the given lengths. */
function read(parts: readonly LocalPart[], lengths: readonly number[] = [READ_CHUNK_BYTES]): Buffer {
  const reader = new PartsReader({ parts: packParts(parts) });
  const chunks: Buffer[] = [];
  try {
    for (let i = 0; ; i++) {
      const target = Buffer.alloc(lengths[i % lengths.length]!);
      const length = reader.read(target);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(target.subarray(0, length));
    }
  } finally {
    reader.return();
  }
}

describe('parts, whatever they are', () => {
  test('are read as their bytes, into targets of any length', () => {
    scratch.files({ file: noise(FILE_BYTES, 42) });
    const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(some, lengths, (description, targets) => {
        const parts = partsOf(description);
        expect(read(parts, targets).equals(plainly(parts))).toBe(true);
      }),
    );
  });

  test('are the same after they were packed for a thread', () => {
    fc.assert(
      fc.property(some, (description) => {
        const parts = partsOf(description);
        const unpacked = unpackParts(structuredClone(packParts(parts)));
        const plain = (it: LocalPart) => (it instanceof Uint8Array ? Buffer.from(it).toString('hex') : it);
        expect(unpacked.map(plain)).toEqual(parts.map(plain));
      }),
    );
    const range: FileRange = {
      path: 'with\nnewline ä',
      fd: 7,
      offset: 2 ** 40,
      length: 2 ** 33,
      fileSize: 2 ** 50,
      mtimeMs: 1.25,
      ctimeMs: 2.5,
      inode: 2 ** 60,
    };
    expect(unpackParts(packParts([range]))).toEqual([range]);
  });

  test('may be cut anywhere', () => {
    scratch.files({ file: noise(FILE_BYTES, 42) });
    fc.assert(
      fc.property(some, fc.nat(8000), fc.nat(8000), (description, start, length) => {
        const parts = partsOf(description);
        const expected = plainly(parts).subarray(start, start + length);
        expect(plainly(sliceParts(parts, start, length) as LocalPart[]).equals(expected)).toBe(true);
      }),
    );
  });
});

describe('a range of a file that changes', () => {
  const big = 3 * READ_CHUNK_BYTES;
  const listed = (path: string): FileRange => {
    const stats = statSync(path);
    return { path, offset: 0, length: stats.size, ...listedAs(stats) };
  };
  const changes: [string, string, (path: string) => void][] = [
    ['shrinks', 'SOURCE_SHRANK', (path) => truncateSync(path, 10)],
    ['grows', 'SOURCE_GREW', (path) => appendFileSync(path, 'x')],
    ['is written again with its old time', 'SOURCE_CHANGED', (path) => rewriteWithOldTime(path)],
    ['is replaced by one of the same size and time', 'SOURCE_CHANGED', (path) => replaceWithOldTime(path)],
    ['vanishes', 'SOURCE_VANISHED', (path) => unlinkSync(path)],
    ['becomes a directory', 'SOURCE_', (path) => execFileSync('sh', ['-c', 'rm "$0" && mkdir "$0"', path])],
    ['becomes a FIFO', 'SOURCE_', (path) => execFileSync('sh', ['-c', 'rm "$0" && mkfifo "$0"', path])],
  ];

  test.each(changes)('and %s is an error that names it, and leaves no descriptor', (_what, code, change) => {
    for (const size of [100, big]) {
      scratch.files({ file: noise(size) });
      const path = scratch.path('file');
      const range = listed(path);
      change(path);
      expect(() => read([noise(5), range])).toThrow(
        expect.objectContaining({ code: expect.stringContaining(code) as string, path }),
      );
      rmSync(path, { recursive: true, force: true });
    }
  });

  test('of an open descriptor is not checked, and not closed', () => {
    scratch.files({ file: noise(100) });
    const path = scratch.path('file');
    const fd = openSync(path, 'r');
    unlinkSync(path);
    expect(read([{ path, fd, offset: 10, length: 50 }]).equals(noise(100).subarray(10, 60))).toBe(true);
    closeSync(fd);
  });
});
