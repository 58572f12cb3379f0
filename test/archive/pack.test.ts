import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { constants, gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { packDirectory } from '../../src/archive/pack/pack-directory.js';
import type { LeftOut } from '../../src/archive/pack/tree.js';
import { unpackArchive } from '../../src/archive/unpack/unpack-archive.js';
import { collect, noise, sha256 } from '../support/bytes.js';
import { rejection } from '../support/expected-errors.js';
import { useScratch } from '../support/scratch.js';
import { describeTree, untar, untarInPython } from './support/trees.js';

const scratch = useScratch();
const MIB = 1024 * 1024;

/** A directory with everything that a model may have. */
function model(): string {
  const root = scratch.path('model');
  mkdirSync(`${root}/empty`, { recursive: true });
  const deep = `${root}/${Array.from({ length: 12 }, (_, n) => `directory-with-a-long-name-${n}`).join('/')}`;
  mkdirSync(deep, { recursive: true });
  writeFileSync(`${deep}/file`, 'deep');
  writeFileSync(`${root}/weights`, noise(3 * MIB + 17));
  writeFileSync(`${root}/nothing`, '');
  writeFileSync(`${root}/exact`, noise(512));
  writeFileSync(`${root}/größe ☃ \n newline`, 'unicode');
  writeFileSync(`${root}/${'x'.repeat(255)}`, 'longest name');
  writeFileSync(`${root}/${'y'.repeat(99)}`, '99');
  writeFileSync(`${root}/${'z'.repeat(100)}`, '100');
  writeFileSync(`${root}/-rf`, 'looks like an option');
  writeFileSync(bytes(root, 0x2f, 0x61, 0xff, 0xfe), 'not UTF-8');
  symlinkSync(bytes('', 0xe9, 0x2f, 0xff), `${root}/link-to-no-utf8`);
  symlinkSync('weights', `${root}/link`);
  symlinkSync('t'.repeat(300), `${root}/long-link`);
  linkSync(`${root}/weights`, `${root}/zz-same`);
  writeFileSync(`${root}/old`, 'before 1970');
  utimesSync(`${root}/old`, -86_400.5, -86_400.5);
  writeFileSync(`${root}/far`, 'beyond 2242');
  utimesSync(`${root}/far`, 2 ** 33 + 5, 2 ** 33 + 5);
  chmodSync(`${root}/exact`, 0o751);
  chmodSync(`${root}/empty`, 0o500);
  return root;
}

function bytes(before: string, ...more: number[]): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.from(more)]);
}

test.each(['GNU tar', "Python's tarfile", 'this library'])('%s unpacks what is packed here', async (who) => {
  const root = model();
  const into = scratch.path('out');
  mkdirSync(into);
  const packed = packDirectory(root);
  if (who === 'GNU tar') await untar(packed, into);
  else if (who === 'this library') await unpackArchive(packed, into);
  else await untarInPython(packed, into);
  expect(describeTree(into)).toEqual(describeTree(root));
  expect(describeTree(into)).toHaveLength(29);
  chmodSync(`${root}/empty`, 0o700);
  chmodSync(`${into}/empty`, 0o700);
});

test('it is one member of gzip whose bytes depend on the tree only', async () => {
  const root = model();
  const first = await collect(packDirectory(root));
  const copy = scratch.path('copy');
  execFileSync('cp', ['-a', root, copy]);
  expect(sha256(await collect(packDirectory(copy)))).toBe(sha256(first));
  expect(gunzipSync(first).length % 512).toBe(0);
  const members = execFileSync('python3', ['-c', MEMBERS], { input: first });
  expect(members.toString().trim()).toBe('1 0');
});

const MEMBERS = `
import sys, zlib
decompressor = zlib.decompressobj(31)
decompressor.decompress(sys.stdin.buffer.read())
print(int(decompressor.eof), len(decompressor.unused_data))`;

test.each([0, 1, 6, 9])('level %i holds the same', async (level) => {
  const root = scratch.files({ a: noise(MIB + 1), b: 'b'.repeat(2 * MIB) });
  const packed = await collect(packDirectory(root, { level }));
  expect(sha256(gunzipSync(packed))).toBe(sha256(gunzipSync(await collect(packDirectory(root)))));
  if (level === 0) expect(packed.length).toBeGreaterThan(3 * MIB);
  else expect(packed.length).toBeLessThan(1.1 * MIB);
});

test('compresses as well as gzip, but for a few percent', async () => {
  const text = Array.from({ length: 200_000 }, (_, n) => `${n * 7919},${Math.sin(n)}\n`).join('');
  const root = scratch.files({ text });
  const theirs = execFileSync('tar', ['-czf', '-', '-C', root, '.'], { maxBuffer: 2 ** 30 }).length;
  expect((await collect(packDirectory(root, { level: 6 }))).length).toBeLessThan(theirs * 1.02);
});

test('an empty directory is an archive of nothing', async () => {
  const into = scratch.path('out');
  mkdirSync(scratch.path('nothing'));
  expect(await unpackArchive(packDirectory(scratch.path('nothing')), into)).toEqual({ entries: 0, bytes: 0 });
});

test('sockets and FIFOs are left out, and said so', async () => {
  const root = scratch.files({ file: 'content' });
  execFileSync('mkfifo', [scratch.path('fifo')]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(scratch.path('socket'), resolve));
  const leftOut: LeftOut[] = [];
  const into = scratch.dest;
  try {
    await unpackArchive(packDirectory(root, { onLeftOut: (each) => leftOut.push(each) }), into);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect(leftOut).toEqual([
    { name: 'fifo', what: 'a FIFO' },
    { name: 'socket', what: 'a socket' },
  ]);
  expect(describeTree(into)).toHaveLength(1);
});

test('progress counts up to everything', async () => {
  const root = scratch.files({ a: noise(3 * MIB), 'b/c': 'x' });
  const seen: { entries: number; bytes: number }[] = [];
  await collect(packDirectory(root, { onProgress: (progress) => seen.push(progress) }));
  expect(seen.at(-1)).toEqual({ entries: 3, bytes: 3 * MIB + 1 });
  expect(seen.length).toBeGreaterThan(2);
});

test('a file of more than 8 GB keeps its size', async () => {
  const root = scratch.files({ sparse: '' });
  truncateSync(`${root}/sparse`, 9e9);
  const start = gunzipSync(await firstOf(packDirectory(root)), { finishFlush: constants.Z_SYNC_FLUSH });
  const listing = execFileSync('sh', ['-c', 'tar -tvf - 2>/dev/null || true'], {
    input: start.subarray(0, 512),
  });
  expect(listing.toString()).toMatch(/ 9000000000 .* sparse/);
});

async function firstOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const first: Uint8Array[] = [];
  for await (const chunk of chunks) {
    first.push(chunk);
    if (first.length === 2) break;
  }
  return Buffer.concat(first);
}

test.each<[string, RegExp, (path: string) => void]>([
  ['grows', /grew from 20971520 to 20971521 bytes/, (path) => appendFileSync(path, 'x')],
  ['shrinks', /shrank from 20971520 to 5 bytes/, (path) => truncateSync(path, 5)],
  ['is written again', /was modified/, (path) => utimesSync(path, 1, 1)],
])('a file that %s while it is packed is an error that names it', async (_, message, change) => {
  const root = scratch.files({ large: noise(20 * MIB) });
  const packing = packDirectory(root);
  await packing.next(); // the header of gzip
  await packing.next(); // at most five blocks are read ahead
  change(`${root}/large`);
  const error = await rejection(collect(packing));
  expect(error).toMatchObject({ code: 'ARCHIVE_SOURCE_CHANGED', path: `${root}/large` });
  expect(error.message).toMatch(message);
});

test('a file that vanishes before its turn is an error that names it', async () => {
  const root = scratch.files({ 'a-large': noise(20 * MIB), 'b/file': 'x' });
  const packing = packDirectory(root);
  await packing.next();
  await packing.next();
  rmSync(`${root}/b`, { recursive: true });
  expect(await rejection(collect(packing))).toMatchObject({
    code: 'ARCHIVE_SOURCE_CHANGED',
    path: `${root}/b`,
  });
});

test('a directory that is not there is an error that names it', async () => {
  const error = await rejection(collect(packDirectory(scratch.path('nowhere'))));
  expect(error).toMatchObject({ code: 'ARCHIVE_SOURCE_UNREADABLE', path: scratch.path('nowhere') });
  expect(error.message).toContain('ENOENT');
});

test('a signal ends it with its reason', async () => {
  const root = scratch.files({ large: noise(20 * MIB) });
  const controller = new AbortController();
  const packing = packDirectory(root, { signal: controller.signal });
  await packing.next();
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(collect(packing)).rejects.toBe(reason);
});
