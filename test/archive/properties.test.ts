import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { packDirectory } from '../../src/archive/pack/pack-directory.js';
import { unpackArchive } from '../../src/archive/unpack/unpack-archive.js';
import { leaseThreads } from '../../src/workers/threads.js';
import { collect, inChunks, noise } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';
import { describeTree, untar } from './support/trees.js';

const scratch = useScratch();

/** Any bytes but those that no name can have, or few letters, so that names have something in common. */
const name = fc.oneof(
  fc
    .uint8Array({ minLength: 1, maxLength: 255, min: 1 })
    .filter(isName)
    .map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('a', 'b', 'ü', 'c'.repeat(99), 'd'.repeat(100), 'e'.repeat(101))
    .map((text) => Buffer.from(text)),
);

function isName(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  return !text.includes('/') && text !== '.' && text !== '..';
}

const entry = fc.record({
  kind: fc.constantFrom('file', 'file', 'directory', 'link', 'hard link'),
  name,
  size: fc.oneof(fc.nat(2000), fc.constantFrom(511, 512, 513, 1024 * 1024 - 512, 1024 * 1024, 1_500_000)),
  mode: fc.nat(0o777),
  mtime: fc.integer({ min: -1e6, max: 2 ** 34 }),
  /** Which of the directories made so far it is in, and which of the files a hard link is to. */
  where: fc.nat(),
});

// Each of its runs starts GNU tar: on a busy machine all of them take their time.
test(
  'what is packed here is unpacked the same, here and by GNU tar, in any chunks',
  { timeout: 120_000 },
  async () => {
    const threads = leaseThreads(); // the same for all runs
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 25 }),
        fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1 }),
        async (entries, lengths) => {
          const [root, ours, theirs] = ['root', 'ours', 'theirs'].map((each) => scratch.path(each)) as [
            string,
            string,
            string,
          ];
          try {
            make(root, entries);
            const archive = await collect(packDirectory(root));
            await unpackArchive(inChunks(archive, lengths), ours);
            mkdirSync(theirs);
            await untar(inChunks(archive, [1e6]), theirs);
            expect(describeTree(ours)).toEqual(describeTree(root));
            expect(describeTree(theirs)).toEqual(describeTree(root));
          } finally {
            for (const each of [root, ours, theirs]) rmSync(each, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 15 },
    );
    await threads.release();
  },
);

function make(
  root: string,
  entries: readonly (typeof entry extends fc.Arbitrary<infer T> ? T : never)[],
): void {
  mkdirSync(root);
  const directories = [Buffer.from(root)];
  const files: Buffer[] = [];
  const last: (() => void)[] = [];
  for (const { kind, name: base, size, mode, mtime, where } of entries) {
    const parent = directories[where % directories.length]!;
    const path = Buffer.concat([parent, Buffer.from('/'), base]);
    if (path.length > 3000) continue;
    try {
      if (kind === 'file') writeFileSync(path, noise(size), { flag: 'wx' });
      else if (kind === 'directory') mkdirSync(path);
      else if (kind === 'link') symlinkSync(base, path);
      else if (files.length > 0) linkSync(files[where % files.length]!, path);
      else continue;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    if (kind === 'directory') directories.push(path);
    if (kind === 'file') files.push(path);
    if (kind === 'file' || kind === 'directory')
      last.push(() => {
        chmodSync(path, process.getuid!() === 0 ? mode : mode | 0o700);
        utimesSync(path, mtime, mtime);
      });
  }
  for (const act of last.reverse()) act(); // what is below a directory before the directory
}
