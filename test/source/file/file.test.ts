import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

import fc from 'fast-check';
import { createChannel, fileSource } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { readFifo } from '../../support/fifo-reader.js';
import { fifosBelow } from '../../support/leftovers.js';
import { runProgram } from '../../support/program.js';
import { useScratch } from '../../support/scratch.js';
import { rejection } from '../../support/expected-errors.js';
import { check, contextOf, keysOf, readAll } from '../source-helpers.js';
import { describeSource } from '../source-contract.js';

describeSource('fileSource', (contents, scratch) => {
  const source = fileSource(scratch.files(Object.fromEntries(contents)));
  const empty = join(scratch.dir, '../empty');
  mkdirSync(empty);
  return { source, empty: fileSource(empty) };
});

describe('fileSource', () => {
  const scratch = useScratch();

  test('of a file is one object, whose key is its name', async () => {
    scratch.files({ 'deep/file.csv': '1,2' });
    expect(await readAll(fileSource(scratch.path('deep/file.csv')))).toEqual([
      { key: 'file.csv', size: 3, bytes: Buffer.from('1,2') },
    ]);
    symlinkSync('file.csv', scratch.path('deep/link.csv'));
    expect(await keysOf(fileSource(scratch.path('deep/link.csv')))).toEqual(['link.csv']);
    const last = fileSource(`${scratch.path('deep')}/`);
    expect(await keysOf(last)).toEqual(['file.csv', 'link.csv']);
  });

  test('follows symbolic links to files and directories, and takes each as often as it is found', async () => {
    scratch.files({ 'real/b': 'b', 'other/c': 'c' });
    symlinkSync('real', scratch.path('linked'));
    symlinkSync('../other/c', scratch.path('real/to-c'));
    linkSync(scratch.path('real/b'), scratch.path('hard'));
    const read = await readAll(fileSource(scratch.dir));
    expect(read.map(({ key, bytes }) => `${key}=${bytes.toString()}`)).toEqual([
      'hard=b',
      'linked/b=b',
      'linked/to-c=c',
      'other/c=c',
      'real/b=b',
      'real/to-c=c',
    ]);
    symlinkSync(scratch.dir, scratch.path('../root'));
    expect(await keysOf(fileSource(join(scratch.dir, '../root')))).toHaveLength(6);
  });

  test('passes over links to directories above, and says so', async () => {
    scratch.files({ 'a/b/c': 'c' });
    symlinkSync('..', scratch.path('a/b/up'));
    symlinkSync('.', scratch.path('a/self'));
    symlinkSync('../..', scratch.path('a/b/top'));
    symlinkSync('b', scratch.path('a/twice'));
    expect(await keysOf(fileSource(scratch.dir))).toEqual(['a/b/c', 'a/twice/c']);
    const { stderr } = await walkInProgram({ DEBUG: 'sagemaker-pipe-mode:file' });
    expect(stderr).toContain(`skipping ${scratch.path('a/self')}: a symbolic link to a directory above it`);
  });

  test('passes over FIFOs, sockets and devices, and says so', async () => {
    scratch.files({ a: 'a', z: 'z' });
    execFileSync('mkfifo', [scratch.path('fifo')]);
    symlinkSync('/dev/zero', scratch.path('device'));
    const server = createServer().listen(scratch.path('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await keysOf(fileSource(scratch.dir))).toEqual(['a', 'z']);
    const { stderr } = await walkInProgram({ DEBUG: 'sagemaker-pipe-mode:*' });
    for (const name of ['fifo', 'device', 'socket'])
      expect(stderr).toContain(`skipping ${scratch.path(name)}: not a regular file`);
    await new Promise((resolve) => server.close(resolve));
  });

  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [String(i), '']));

  describe.each([
    ['leads nowhere', 'nowhere', 'ENOENT'],
    ['leads to itself', 'link', 'ELOOP'],
  ])('on a symbolic link that %s', (_what, target, code) => {
    test.each(['link', 'sub/link', 'z/deep/er/link'])(
      'fails in start(), before there is a FIFO: %s',
      async (link) => {
        for (const files of [{}, { a: 'a' }, { 'z/deep/er/z': 'z' }, many]) {
          mkdirSync(dirname(scratch.path(link)), { recursive: true });
          rmSync(scratch.path(link), { force: true });
          symlinkSync(target, scratch.path(link));
          await using channel = createChannel({
            name: 'train',
            source: scratch.files(files),
            dest: scratch.dest,
          });
          const error = await rejection(channel.start());
          expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', path: scratch.path(link) });
          expect(error.message).toContain(
            `The symbolic link "${scratch.path(link)}" cannot be followed (${code}). Fix or remove it.`,
          );
          expect(fifosBelow(scratch.dest)).toEqual([]);
        }
      },
    );

    test('fails in a later epoch, when it comes to its directory, and holds the reader', async () => {
      await using channel = createChannel({
        name: 'train',
        source: scratch.files({ a: 'a', 'z/z': 'z' }),
        dest: scratch.dest,
      });
      const failed = rejection(channel.finished());
      await channel.start();
      expect((await readFifo(join(channel.dest, 'train_0'))).toString()).toBe('az');
      symlinkSync(target, scratch.path('z/link'));
      const reading = readFifo(join(channel.dest, 'train_1'));
      expect(await failed).toMatchObject({ code: 'SOURCE_UNREADABLE', path: scratch.path('z/link') });
      expect(channel.state).toBe('failed');
      await channel.stop();
      await reading;
    });
  });

  test('lists anew for every epoch', async () => {
    scratch.files({ a: 'a' });
    await using channel = createChannel({
      name: 'train',
      source: scratch.dir,
      dest: scratch.dest,
      epochs: 3,
    });
    await channel.start();
    const read = async (epoch: number) => (await readFifo(join(channel.dest, `train_${epoch}`))).toString();
    expect(await read(0)).toBe('a');
    scratch.files({ b: 'b' });
    expect(await read(1)).toBe('ab');
    unlinkSync(scratch.path('a'));
    expect(await read(2)).toBe('b');
    await channel.finished();
  });

  describe('on a name that is not UTF-8', () => {
    const names = {
      'a byte that is none': Buffer.from([0x61, 0xff]),
      'half of a surrogate pair': Buffer.from([0x61, 0xed, 0xa0, 0x80]),
      'a character that is cut off': Buffer.from([0x61, 0xe2, 0x82]),
    };
    const invalid = Object.entries(names).flatMap(([what, name]) =>
      (['a file', 'a directory', 'a link'] as const).map((kind) => [what, kind, name] as const),
    );

    test.each(invalid)(
      'fails in start() and in an epoch, and names it: %s, %s',
      async (_what, kind, name) => {
        // With and without the name that it is in a string.
        for (const twin of [undefined, `sub/${name.toString()}`]) {
          scratch.files({ a: 'a', 'sub/z': 'z', ...(twin === undefined ? {} : { [twin]: 'twin' }) });
          const path = Buffer.concat([Buffer.from(`${scratch.dir}/sub/`), name]);
          if (kind === 'a file') writeFileSync(path, 'not to be sent');
          if (kind === 'a directory') mkdirSync(path);
          if (kind === 'a link') symlinkSync('z', path);
          const source = fileSource(scratch.dir);
          for (const failing of [check(source), keysOf(source)]) {
            const error = await rejection(failing);
            expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', path: path.toString() });
            expect(error.message).toContain(`"${scratch.dir}/sub/a\\x`);
            expect(error.message).toContain(
              'is not valid UTF-8, so it cannot be an S3 key. Rename the file.',
            );
          }
          rmSync(path, { recursive: true });
        }
      },
    );

    test('fails for the path itself, and for a directory above it, if it is not clear which is meant', async () => {
      const bytes = Buffer.concat([Buffer.from(`${scratch.dir}/`), names['a byte that is none']]);
      writeFileSync(bytes, 'not to be sent');
      const read = () => rejection(check(fileSource(scratch.path('a\uFFFD'))));
      expect(await read()).toMatchObject({ code: 'SOURCE_UNREADABLE' });
      scratch.files({ 'a\uFFFD': 'twin' });
      expect(await read()).toMatchObject({ code: 'SOURCE_UNREADABLE', path: scratch.path('a\uFFFD') });
      expect((await rejection(keysOf(fileSource(scratch.path('a\uFFFD'))))).code).toBe('SOURCE_UNREADABLE');
      rmSync(bytes);
      expect(await keysOf(fileSource(scratch.path('a\uFFFD')))).toEqual(['a\uFFFD']);

      mkdirSync(Buffer.concat([bytes, Buffer.from('b')]));
      scratch.files({ 'a\uFFFDb/c/d': 'd' });
      const below = fileSource(scratch.path('a\uFFFDb/c'));
      expect((await rejection(keysOf(below))).code).toBe('SOURCE_UNREADABLE');
      rmSync(Buffer.concat([bytes, Buffer.from('b')]), { recursive: true });
      expect(await keysOf(below)).toEqual(['d']);
    });

    test('takes a replacement character that is really there', async () => {
      scratch.files({ 'a\uFFFD': '1', 'b\uFFFD/\uFFFD': '2', 'b\uFFFD/c': '3' });
      const source = fileSource(scratch.dir);
      await check(source);
      expect((await readAll(source)).map(({ key, bytes }) => `${key}=${bytes.toString()}`)).toEqual([
        'a\uFFFD=1',
        'b\uFFFD/c=3',
        'b\uFFFD/\uFFFD=2',
      ]);
    });
  });

  test('start() looks at the whole of a deep and wide tree', async () => {
    scratch.files({ [`${'d/'.repeat(200)}z`]: 'z' });
    scratch.files(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`wide/${i}`, ''])));
    await check(fileSource(scratch.dir));
    symlinkSync('nowhere', scratch.path(`${'d/'.repeat(200)}link`));
    expect(await rejection(check(fileSource(scratch.dir)))).toMatchObject({
      code: 'SOURCE_UNREADABLE',
    });
  });

  test('start() leaves the event loop its turns while it follows links', async () => {
    scratch.files({ 'd/x': 'x', '30': 'x' });
    const detour = 'd/../'.repeat(500); // a link that takes the system a while
    for (let hop = 29; hop >= 0; hop--) symlinkSync(`${detour}${hop + 1}`, scratch.path(`${hop}`));
    for (let link = 0; link < 300; link++) symlinkSync('0', scratch.path(`link ${link}`));
    const controller = new AbortController();
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason)); // not before the first turn
    const { signal } = controller;
    await expect(fileSource(scratch.dir).check!({ epoch: 0, signal })).rejects.toBe(reason);
  });

  test.each([
    ['a file', 'secret', 'secret', 0o000],
    ['a directory', 'sub/x', 'sub', 0o000],
    ['a directory that may be listed only', 'sub/x', 'sub', 0o444],
    ['the source itself', 'x', '.', 0o000],
  ])('fails on %s that may not be read', async (_what, file, closed, mode) => {
    scratch.files({ a: 'a', [file]: 'x' });
    chmodSync(scratch.dir, 0o755);
    chmodSync(scratch.path(closed), mode);
    const { lines } = await walkInProgram({}, true);
    chmodSync(scratch.path(closed), 0o755);
    expect(lines.at(-1)).toMatch(
      /^SOURCE_UNREADABLE Channel "train".*: Cannot read ".*" \(EACCES\)\. Check the permissions/,
    );
    expect(lines.at(-1)).toContain(
      scratch
        .path(closed === '.' ? '' : closed === 'sub' && mode === 0o444 ? 'sub/x' : closed)
        .replace(/\/$/, ''),
    );
  });

  test('a path that is read relative to the working directory of its making', async () => {
    scratch.files({ a: 'a' });
    const { lines } = await runProgram(
      `import { fileSource } from 'sagemaker-pipe-mode';
       process.chdir(process.argv[1]);
       const source = fileSource('.');
       process.chdir('/');
       const memory = { tryReserve: () => true, release() {} };
       for await (const { key } of source.objects({ epoch: 0, signal: new AbortController().signal })) console.log(key);
       console.log(source.description);`,
      { args: [scratch.dir] },
    );
    expect(lines).toEqual(['a', scratch.dir]);
  });

  test('any tree comes in the order of the UTF-8 bytes of its paths', async () => {
    const unit = fc.constantFrom(
      'a',
      'B',
      '-',
      '.x',
      '!',
      '0',
      ' ',
      '~',
      'é',
      '\uff5e',
      '\ue000',
      '😀',
      '\ud7ff',
    );
    const name = fc.string({ unit, minLength: 1, maxLength: 3 }).filter((it) => !/^\.\.?$/.test(it));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { minLength: 1, maxLength: 60 }), async (paths) => {
        const files = withoutThoseBelowOthers(paths);
        const dir = `run-${run++}`;
        scratch.files(Object.fromEntries(files.map((file) => [join(dir, file), file])));
        const read = await readAll(fileSource(scratch.path(dir)));
        const sorted = [...files].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(read.map(({ key }) => key)).toEqual(sorted);
        expect(read.every(({ key, bytes }) => bytes.toString() === key)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('a directory of many files, in many batches', async () => {
    const files = Array.from({ length: 3000 }, (_, i) => [`${i % 7}/${i.toString(36)}`, String(i)] as const);
    scratch.files(Object.fromEntries(files));
    const keys = await keysOf(fileSource(scratch.dir));
    expect(keys).toEqual(files.map(([key]) => key).sort());
    // And it can be given up in its middle.
    let count = 0;
    for await (const _object of fileSource(scratch.dir).objects(contextOf())) if (++count === 600) break;
  });

  /** Streams the directory in a process of its own. */
  function walkInProgram(env: NodeJS.ProcessEnv, heedsPermissions = false) {
    return runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       import { spawn } from 'node:child_process';
       import { mkdtempSync, rmSync } from 'node:fs';
       const dest = mkdtempSync('/tmp/sagemaker-pipe-mode-core-dest-');
       const channel = createChannel({ name: 'train', source: process.argv[1], dest, epochs: 1 });
       try {
         await channel.start();
         spawn('cat', [dest + '/train_0'], { stdio: 'ignore' });
         await channel.finished();
       } catch ({ code, message }) {
         console.log(code, message);
       }
       await channel.stop();
       rmSync(dest, { recursive: true });`,
      { args: [scratch.dir], env, heedsPermissions },
    );
  }
});

/** A path cannot be a file and a directory. */
function withoutThoseBelowOthers(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
}
