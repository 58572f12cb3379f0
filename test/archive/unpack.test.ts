import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createGzip, gzipSync } from 'node:zlib';

import { Header } from 'tar/header';
import { beforeEach, expect, test } from 'vitest';

import { unpackArchive } from '../../src/archive/unpack/unpack-archive.js';
import { leaseThreads } from '../../src/workers/threads.js';
import { collect, inChunks, noise } from '../support/bytes.js';
import { rejection } from '../support/expected-errors.js';
import { useScratch } from '../support/scratch.js';
import { describeTree, pythonArchive, tarOf } from './support/trees.js';

const scratch = useScratch();
let into: string;
beforeEach(() => {
  into = `${scratch.dir}/../out`;
});

const whole = (bytes: Uint8Array) => inChunks(bytes, [65_536]);
const unpack = (bytes: Uint8Array) => unpackArchive(whole(bytes), into);

/** What is made by hand, because no tar makes it. */
function entry(
  path: string,
  type: 'File' | 'SymbolicLink' | 'Link' | 'Directory',
  content = '',
  linkpath = '',
) {
  const header = new Header({ path, type, linkpath, size: content.length, mode: 0o644, mtime: new Date(0) });
  const block = Buffer.alloc(512);
  header.encode(block);
  return Buffer.concat([block, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
const archiveOf = (...entries: Buffer[]) => Buffer.concat([...entries, Buffer.alloc(1024)]);

function tree(): string {
  const root = scratch.files({
    'a/b': noise(300_000),
    'ü☃\nx': 'unicode',
    empty: '',
    [`l/${'o'.repeat(150)}`]: 'o',
  });
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xe9])]), 'not UTF-8');
  symlinkSync('a/b', `${root}/link`);
  symlinkSync('../empty', `${root}/a/${'n'.repeat(120)}`);
  linkSync(`${root}/a/b`, `${root}/same`);
  chmodSync(`${root}/a`, 0o555);
  return root;
}

test.each([
  ...['gnu', 'posix', 'oldgnu'].flatMap((format) =>
    ['tar', 'gzip'].map((packing) => [`GNU tar, ${format}`, packing, `--format=${format}`]),
  ),
  ['GNU tar in members', 'members', '--format=gnu'],
  ["Python's tarfile, PAX", 'python', 'PAX'],
  ["Python's tarfile, GNU", 'python', 'GNU'],
])('unpacks %s (%s)', async (_, packing, option) => {
  const root = tree();
  const script =
    'import sys, tarfile; t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|gz", format=int(sys.argv[1]))';
  const python = () =>
    execFileSync('python3', [
      '-c',
      `${script}; t.add(sys.argv[2], "."); t.close()`,
      option === 'PAX' ? '2' : '1',
      root,
    ]);
  const tar = () => tarOf(root, option);
  const archive = {
    tar,
    gzip: () => gzipSync(tar()),
    members: () => Buffer.concat([gzipSync(tar().subarray(0, 1000)), gzipSync(tar().subarray(1000))]),
    python,
  }[packing]!();
  await unpackArchive(inChunks(archive, [1, 511, 7, 70_000]), into);
  expect(describeTree(into)).toEqual(describeTree(root));
  for (const each of [root, into]) chmodSync(`${each}/a`, 0o755);
});

test('unpacks ustar, which splits long names', async () => {
  const root = scratch.files({ [`${'d'.repeat(90)}/${'e'.repeat(60)}/${'f'.repeat(99)}`]: 'x' });
  await unpack(tarOf(root, '--format=ustar'));
  expect(describeTree(into)).toEqual(describeTree(root));
});

test('unpacks a file, and says what it has made', async () => {
  const root = scratch.files({ a: 'abc', 'b/c': 'de' });
  writeFileSync(`${root}/../model.tar.gz`, gzipSync(tarOf(root)));
  expect(await unpackArchive(`${root}/../model.tar.gz`, into)).toEqual({ entries: 4, bytes: 5 });
});

test('takes set-uid, set-gid and sticky bits away', async () => {
  await unpack(
    pythonArchive(['add("tool", b"x", mode=0o6755)', 'add("d", kind=tarfile.DIRTYPE, mode=0o1777)']),
  );
  expect(statSync(`${into}/tool`).mode & 0o7777).toBe(0o755);
  expect(statSync(`${into}/d`).mode & 0o7777).toBe(0o777);
});

test('a directory may come after its files, twice, and with any spelling', async () => {
  const add = (name: string, rest: string) => `add("${name}", ${rest})`;
  const directory = 'kind=tarfile.DIRTYPE, mode=0o750';
  await unpack(
    pythonArchive([
      add('./d//e/f', 'b"1"'),
      add('d/', directory),
      add('./d/./e/', directory),
      add('d', directory),
    ]),
  );
  expect(readFileSync(`${into}/d/e/f`, 'utf8')).toBe('1');
  expect(statSync(`${into}/d/e`).mode & 0o777).toBe(0o750);
});

const FILE = 'add("ok", b"1")';
const LINK = 'kind=tarfile.SYMTYPE';

test.each<[string, readonly string[], RegExp, string]>([
  ['an absolute name', [FILE, 'add("/tmp/evil", b"x")'], /its name is absolute/, '/tmp/evil'],
  ['a name with ..', [FILE, 'add("a/../../evil", b"x")'], /its name contains ".."/, 'a/../../evil'],
  [
    'a long name with ..',
    ['add("a/" * 60 + "../" * 61 + "evil", b"x")'],
    /its name contains ".."/,
    `${'a/'.repeat(60)}${'../'.repeat(61)}evil`,
  ],
  ['a long link out', [`add("l", ${LINK}, target="../" * 60)`], /out of the directory/, 'l'],
  ['a name that is ..', ['add("..", b"x")'], /contains ".."/, '..'],
  ['a name that is the directory', ['add(".", b"x")'], /place of the directory/, ''],
  ['an absolute link', [`add("l", ${LINK}, target="/etc/passwd")`], /out of the directory/, 'l'],
  ['a link out', [`add("d/l", ${LINK}, target="../../x")`], /out of the directory/, 'd/l'],
  [
    'a link out by way of a link',
    [`add("a/b/up", ${LINK}, target="../..")`, `add("out", ${LINK}, target="a/b/up/..")`],
    /out of the directory/,
    'out',
  ],
  [
    'a link out by way of a later link',
    [`add("out", ${LINK}, target="x/..")`, `add("x", ${LINK}, target=".")`],
    /out of the directory/,
    'out',
  ],
  [
    'a file through a link',
    [`add("l", ${LINK}, target="/tmp")`, 'add("l/evil", b"x")'],
    /"l" on its way is a link/,
    'l/evil',
  ],
  [
    'a link in place of a directory',
    ['add("d/f", b"x")', `add("d", ${LINK}, target=".")`],
    /two entries/,
    'd',
  ],
  ['a link in place of a file', ['add("f", b"x")', `add("f", ${LINK}, target=".")`], /two entries/, 'f'],
  ['a file in place of a link', [`add("f", ${LINK}, target=".")`, 'add("f", b"x")'], /two entries/, 'f'],
  [
    'a directory in place of a link',
    [`add("f", ${LINK}, target=".")`, 'add("f/", kind=tarfile.DIRTYPE)'],
    /two entries|is a link/,
    'f',
  ],
  [
    'a directory below a link',
    [`add("f", ${LINK}, target=".")`, 'add("f/d", kind=tarfile.DIRTYPE)'],
    /is a link/,
    'f/d',
  ],
  ['a file twice', ['add("a/f", b"1")', 'add("./a//f", b"2")'], /two entries/, 'a/f'],
  ['a file in place of a directory', ['add("d/f", b"x")', 'add("d", b"x")'], /two entries/, 'd'],
  ['a directory in place of a file', ['add("d", b"x")', 'add("d/f", b"x")'], /two entries/, 'd/f'],
  ['a hard link out', ['add("h", kind=tarfile.LNKTYPE, target="../x")'], /what it links to contains/, 'h'],
  ['an absolute hard link', ['add("h", kind=tarfile.LNKTYPE, target="/etc/passwd")'], /is absolute/, 'h'],
  [
    'a hard link to what is not there',
    ['add("h", kind=tarfile.LNKTYPE, target="x")'],
    /hard link to a file that/,
    'h',
  ],
  [
    'a hard link through a link',
    [`add("l", ${LINK}, target="/etc")`, 'add("h", kind=tarfile.LNKTYPE, target="l/passwd")'],
    /is a link/,
    'h',
  ],
  [
    'a hard link to a directory',
    ['add("d", kind=tarfile.DIRTYPE)', 'add("h", kind=tarfile.LNKTYPE, target="d")'],
    /hard link to a directory/,
    'h',
  ],
  ['a device', ['add("null", kind=tarfile.CHRTYPE)'], /is a device/, 'null'],
  ['a block device', ['add("sda", kind=tarfile.BLKTYPE)'], /is a device/, 'sda'],
  ['a FIFO', ['add("pipe", kind=tarfile.FIFOTYPE)'], /is a FIFO/, 'pipe'],
])('refuses %s', async (_, lines, message, path) => {
  for (const format of ['PAX', 'GNU']) {
    const error = await rejection(unpack(pythonArchive(lines, format)));
    expect(error).toMatchObject({ code: 'ARCHIVE_UNSAFE', path });
    expect(error.message).toMatch(message);
    expect(existsSync(into)).toBe(false);
  }
});

test('a pax header does not give an entry another name than it may have', async () => {
  const withPath = (path: string) => [
    'entry = tarfile.TarInfo("ok")',
    `entry.pax_headers = {"path": "${path}"}`,
    'archive.addfile(entry)',
  ];
  for (const path of ['../evil', '/tmp/evil', 'd/../../evil'])
    expect(await rejection(unpack(pythonArchive(withPath(path))))).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
      path,
    });
  const link = ['entry = tarfile.TarInfo("l")', 'entry.type, entry.linkname = tarfile.SYMTYPE, "ok"'];
  const target = ['entry.pax_headers = {"linkpath": "../evil"}', 'archive.addfile(entry)'];
  expect(await rejection(unpack(pythonArchive([...link, ...target])))).toMatchObject({
    code: 'ARCHIVE_UNSAFE',
    path: 'l',
  });
});

test('a link that is its own target, or leads nowhere inside, is kept', async () => {
  await unpack(
    pythonArchive([`add("self", ${LINK}, target="self")`, `add("x/gone", ${LINK}, target="../nowhere")`]),
  );
  expect(describeTree(into)).toEqual([
    expect.stringMatching(/^directory x 700/),
    'link self to self',
    'link x/gone to ../nowhere',
  ]);
});

test('a hard link to a link is a link', async () => {
  await unpack(
    archiveOf(entry('l', 'SymbolicLink', '', 'f'), entry('h', 'Link', '', 'l'), entry('f', 'File', 'x')),
  );
  expect(readFileSync(`${into}/h`, 'utf8')).toBe('x');
});

test('stops a bomb before it is written', async () => {
  const bomb = pythonArchive(['add("small", b"1")', 'add("zeros", bytes(50_000_000))']);
  expect(bomb.length).toBeLessThan(100_000);
  const error = await rejection(unpackArchive(whole(bomb), into, { maxBytes: 1_000_000 }));
  expect(error).toMatchObject({ code: 'ARCHIVE_TOO_LARGE', path: 'zeros' });
  expect(error.message).toContain('`limits.maxModelBytes`');
  expect(existsSync(into)).toBe(false);
});

test('is not kept busy by links that are long and many', async () => {
  const lines = [
    'target = "/".join(["a"] * 2000)',
    'for n in range(6000): add(str(n), kind=tarfile.SYMTYPE, target=target)',
  ];
  const error = await rejection(unpack(pythonArchive(lines)));
  expect(error).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
  expect(error.message).toContain('too many');
});

test.each([
  ['name', 'add("d/" * 3000 + "f")'],
  ['target', 'add("l", kind=tarfile.SYMTYPE, target="d/" * 3000)'],
])('refuses a %s that no path can be', async (_, line) => {
  expect((await rejection(unpack(pythonArchive([line])))).message).toMatch(/600[01] bytes, more than a path/);
});

test('counts the directories that have no entry of their own', async () => {
  const deep = pythonArchive(['add("d/" * 20 + "f")']);
  const error = await rejection(unpackArchive(whole(deep), into, { maxEntries: 19 }));
  expect(error).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
  expect(await unpackArchive(whole(deep), into, { maxEntries: 20 })).toEqual({ entries: 1, bytes: 0 });
});

test('stops too many entries, and too many headers', async () => {
  const many = pythonArchive(['for n in range(11): add(str(n))']);
  expect(await unpackArchive(whole(many), into, { maxEntries: 11 })).toEqual({ entries: 11, bytes: 0 });
  const error = await rejection(unpackArchive(whole(many), `${into}2`, { maxEntries: 10 }));
  expect(error).toMatchObject({ code: 'ARCHIVE_TOO_LARGE', path: '10' });
  const headers = entry('x', 'File').subarray(0, 512);
  headers[156] = 'g'.charCodeAt(0);
  fixChecksum(headers);
  const global = archiveOf(...Array.from({ length: 50 }, () => headers));
  expect(await rejection(unpackArchive(whole(global), `${into}3`, { maxEntries: 10 }))).toMatchObject({
    code: 'ARCHIVE_TOO_LARGE',
  });
});

function fixChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

test('is not taken in by zeros without end behind the archive', async () => {
  const zip = createGzip();
  void (async () => {
    zip.write(archiveOf(entry('f', 'File', 'x')));
    const zeros = Buffer.alloc(1024 * 1024);
    for (let n = 0; n < 20; n++) zip.write(zeros);
    zip.end();
  })();
  expect(await rejection(unpackArchive(zip, into))).toMatchObject({ code: 'ARCHIVE_INVALID' });
});

test('a truncated archive is an error wherever it is cut, and leaves nothing', async () => {
  const tar = archiveOf(entry('a', 'File', 'abc'), entry('d/b', 'File', 'x'.repeat(600)));
  const zipped = gzipSync(tar);
  const threads = leaseThreads(); // one thread for all
  for (const length of [0, 1, 100, 512, 514, 1023, 1024, 1600, 2000, 2400, 2560]) {
    const error = await rejection(unpack(tar.subarray(0, length)));
    expect([length, error.code]).toEqual([length, 'ARCHIVE_TRUNCATED']);
    expect(existsSync(into)).toBe(false);
  }
  for (let length = 2; length < zipped.length; length++) {
    const error = await rejection(unpack(zipped.subarray(0, length)));
    expect([length, error.code]).toEqual([length, 'ARCHIVE_TRUNCATED']);
  }
  expect(await unpack(zipped)).toEqual({ entries: 2, bytes: 603 });
  await threads.release();
});

test.each<[string, () => Buffer, RegExp]>([
  ['a zip file', () => Buffer.concat([Buffer.from('PK\x03\x04'), noise(2000)]), /byte 0 is no header/],
  ['gzip of something else', () => gzipSync(noise(2000)), /byte 0 is no header/],
  [
    'a wrong checksum of gzip',
    () => flip(gzipSync(archiveOf(entry('a', 'File', 'abc'))), -6),
    /incorrect data check/,
  ],
  ['a flipped bit in a header', () => flip(archiveOf(entry('a', 'File', 'abc')), 3), /checksum is wrong/],
  [
    'another archive behind it',
    () => Buffer.concat([archiveOf(entry('a', 'File')), archiveOf(entry('b', 'File'))]),
    /something follows/,
  ],
  [
    'a link with content',
    () => archiveOf(entry('l', 'SymbolicLink', 'content', 'a')),
    /with 7 bytes of content/,
  ],
  ['a sparse file', () => sparse('--format=gnu'), /sparse/],
  ['a sparse file in a pax header', () => sparse('--format=posix'), /sparse/],
  ['names of no end', () => pythonArchive(['add("x" * 2_000_000)'], 'GNU'), /2000001 bytes/],
  [
    'a global size',
    () =>
      pythonArchive([
        'archive.close = lambda: None',
        'archive.fileobj.write(archive.tarinfo.create_pax_global_header({"size": "5"}))',
        'add("a")',
        'tarfile.TarFile.close(archive)',
      ]),
    /global pax header has "size"/,
  ],
])('refuses %s', async (_, archive, message) => {
  const error = await rejection(unpack(archive()));
  expect(error.code).toBe('ARCHIVE_INVALID');
  expect(error.message).toMatch(message);
  expect(existsSync(into)).toBe(false);
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index]! ^= 1;
  return copy;
}

function sparse(format: string): Buffer {
  const root = scratch.files({ holes: '' });
  truncateSync(`${root}/holes`, 10 * 1024 * 1024);
  return tarOf(root, format, '--sparse');
}

test('a directory with something in it is left as it is', async () => {
  mkdirSync(into);
  writeFileSync(`${into}/mine`, 'x');
  const error = await rejection(unpack(archiveOf(entry('a', 'File', 'abc'))));
  expect(error).toMatchObject({ code: 'ARCHIVE_NOT_UNPACKED' });
  expect(error.message).toContain('"mine" in it');
  expect(readdirSync(into)).toEqual(['mine']);
});

test('an empty directory is empty again after a failure, whatever the names were', async () => {
  mkdirSync(into);
  const inode = statSync(into).ino;
  const archive = pythonArchive(['add("d/\\udcff\\udcfe", b"x")', 'add("\\udce9", b"x")', 'add("..", b"")']);
  expect(await rejection(unpack(archive))).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
  expect(readdirSync(into)).toEqual([]);
  expect(statSync(into).ino).toBe(inode);
});

test('an archive that is not there is an error that names it', async () => {
  const error = await rejection(unpackArchive(scratch.path('none.tar.gz'), into));
  expect(error).toMatchObject({ code: 'ARCHIVE_SOURCE_UNREADABLE', path: scratch.path('none.tar.gz') });
  expect(existsSync(into)).toBe(false);
});

test('what the chunks throw is thrown, and so is the reason of a signal', async () => {
  const failure = new Error('the network');
  const failing = async function* () {
    yield entry('a', 'File', 'abc');
    throw failure;
  };
  await expect(unpackArchive(failing(), into)).rejects.toBe(failure);
  const controller = new AbortController();
  const endless = async function* () {
    yield entry('a', 'File', 'abc');
    controller.abort(failure);
    for (;;) yield entry('d', 'Directory');
  };
  await expect(unpackArchive(endless(), into, { signal: controller.signal })).rejects.toBe(failure);
  expect(existsSync(into)).toBe(false);
});

test('a full file system is said to be full', async () => {
  if (process.getuid!() !== 0) throw new Error('This test mounts a small file system: run it as root.');
  mkdirSync(into);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', into]);
  try {
    const archive = archiveOf(entry('small', 'File', 'x'), entry('large', 'File', 'x'.repeat(2_000_000)));
    const error = await rejection(unpack(archive));
    expect(error).toMatchObject({ code: 'ARCHIVE_NOT_UNPACKED' });
    expect(error.message).toMatch(/"large" .*\(ENOSPC\).*is full/);
    expect(readdirSync(into)).toEqual([]);
  } finally {
    execFileSync('umount', [into]);
  }
});

test('a file of zeros takes no room, and has its content and its size', async () => {
  const [size, written] = [64 * 1024 * 1024, Buffer.from('something')];
  const root = scratch.files({ sparse: '', dense: noise(100_000) });
  truncateSync(`${root}/sparse`, size);
  const file = openSync(`${root}/sparse`, 'r+');
  for (const at of [3, 5_000_001, size - 300_000]) writeSync(file, written, 0, written.length, at);
  closeSync(file);
  await unpack(tarOf(root));
  expect(describeTree(into)).toEqual(describeTree(root));
  expect(statSync(`${into}/sparse`).size).toBe(size);
  expect(statSync(`${into}/sparse`).blocks * 512).toBeLessThan(2 * 1024 * 1024);
});

test('collects nothing: one chunk at a time is taken', async () => {
  let given = 0;
  const root = scratch.files({ a: noise(5_000_000) });
  const tar = tarOf(root);
  const chunks = async function* () {
    for await (const chunk of inChunks(tar, [100_000])) {
      given += chunk.length;
      yield chunk;
    }
  };
  const seen: number[] = [];
  await unpackArchive(chunks(), into, { onProgress: () => seen.push(given) });
  expect(seen.every((bytes, index) => bytes <= (index + 1) * 100_000)).toBe(true);
  expect((await collect(inChunks(tar, [1e6]))).length).toBe(given);
});
