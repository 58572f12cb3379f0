import { execFileSync, spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { FifoSink, type PipeModeError } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { fifosBelow, openDescriptors } from '../support/leftovers.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';
import { rejection, thrown } from '../support/expected-errors.js';

const scratch = useScratch();
const fifo = () => join(scratch.dest, 'deep', 'er', 'train_0');

const SWAP = `
import os, stat, sys
path, secret = sys.argv[1:]
link = path + '-link'
os.symlink(secret, link)
print('ready', flush=True)
while True:
    try:
        if stat.S_ISFIFO(os.lstat(path).st_mode):
            os.rename(link, path)
            os.unlink(path)
            os.symlink(secret, link)
    except FileNotFoundError:
        pass
`;

describe('create', () => {
  test('makes the FIFO and the directories above it', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    expect(lstatSync(fifo()).isFIFO()).toBe(true);
    await sink.close();
    expect(existsSync(fifo())).toBe(false);
  });

  test.each([0o644, 0o600, 0o666, 0o000])(
    'gives it the permission bits %i whatever the umask',
    async (mode) => {
      const umask = process.umask(0o077);
      try {
        const sink = new FifoSink({ path: fifo(), mode });
        await sink.create();
        expect(statSync(fifo()).mode & 0o777).toBe(mode);
        await sink.close();
      } finally {
        process.umask(umask);
      }
    },
  );

  test('replaces a FIFO that a crashed run has left', async () => {
    mkdirSync(join(scratch.dest, 'deep', 'er'), { recursive: true });
    execFileSync('mkfifo', [fifo()]);
    const stale = lstatSync(fifo()).ino;
    const sink = new FifoSink({ path: fifo() });
    using probe = new FifoProbe(fifo()); // keeps the old one alive, so that its number is not used again
    await sink.create();
    expect(lstatSync(fifo()).ino).not.toBe(stale);
    expect(probe.available().end).toBe('closed');
    await sink.close();
  });

  test.each([
    ['a file of 3 bytes', (path: string) => writeFileSync(path, 'abc')],
    ['a directory', (path: string) => mkdirSync(path)],
    ['a symbolic link', (path: string) => symlinkSync('somewhere', path)],
  ])('leaves %s untouched', async (what, make) => {
    const path = scratch.path('train_0');
    make(path);
    const before = lstatSync(path);
    const error = await rejection(new FifoSink({ path }).create());
    expect(error).toMatchObject({ code: 'NOT_A_FIFO', path });
    expect(error.message).toContain(path);
    expect(error.message).toContain(what);
    expect(error.message).toContain('left untouched');
    expect(lstatSync(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs, size: before.size });
  });

  test('leaves a socket untouched', async () => {
    const server = createServer().listen(scratch.path('train_0'));
    await new Promise((resolve) => server.once('listening', resolve));
    const error = await rejection(new FifoSink({ path: scratch.path('train_0') }).create());
    expect(error.code).toBe('NOT_A_FIFO');
    expect(error.message).toContain('a socket');
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(['dest', 'dest/below', 'dest/far/below'])(
    'a file where a directory has to be: %s',
    async (dir) => {
      scratch.files({ dest: 'a file' });
      const error = await rejection(new FifoSink({ path: scratch.path(dir, 'train_0') }).create());
      expect(error.code).toBe('DEST_NOT_A_DIRECTORY');
      expect(error.message).toContain(scratch.path('dest'));
      expect(error.cause).toBeInstanceOf(Error);
    },
  );

  test('a file system that cannot hold FIFOs or directories', async () => {
    const inProc = await rejection(new FifoSink({ path: '/proc/here/train_0' }).create());
    expect(inProc.code).toBe('DEST_NOT_WRITABLE');
    const direct = await rejection(new FifoSink({ path: '/proc/train_0' }).create());
    expect(direct).toMatchObject({ code: 'DEST_CANNOT_HOLD_FIFOS', path: '/proc/train_0' });
    expect(direct.message).toContain('choose a `dest` on a local one');
  });

  test.each(['', '/new/below'])('a directory that this user may not write to%s', async (below) => {
    mkdirSync(scratch.path('closed'), { mode: 0o555 });
    const { lines, stderr } = await runProgram(
      `import { FifoSink } from 'sagemaker-pipe-mode';
       await new FifoSink({ path: process.argv[1] }).create().catch(({ code, message }) => {
         console.log(code);
         console.log(message);
       });`,
      { args: [scratch.path(`closed${below}`, 'train_0')], heedsPermissions: true },
    );
    expect([lines[0], stderr]).toEqual(['DEST_NOT_WRITABLE', '']);
    expect(lines[1]).toContain('Choose a `dest` in which this user may make files');
  });

  test('no mkfifo on the PATH', async () => {
    const { lines } = await runProgram(
      `import { FifoSink } from 'sagemaker-pipe-mode';
       process.env.PATH = '/nowhere';
       process.env.SAGEMAKER_PIPE_MODE_ZERO_COPY = '0';
       await new FifoSink({ path: process.argv[1], zeroCopy: false }).create().catch(({ code, message }) => console.log(code, message));`,
      { args: [scratch.path('train_0')] },
    );
    expect(lines[0]).toMatch(/^UNSUPPORTED_PLATFORM .*Install coreutils/);
  });

  test.each([
    ['by a system call', true],
    ['by the command', false],
  ])('changes the permission bits of nothing but its FIFO, made %s', async (_how, zeroCopy) => {
    scratch.files({ secret: 'for the owner only' });
    const secret = scratch.path('secret');
    chmodSync(secret, 0o600);
    const path = scratch.path('train_0');
    // Puts a link to the secret in the FIFO's place as soon as that is there, and takes it away, all the time.
    const swapper = spawn('python3', ['-c', SWAP, path, secret], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(swapper, 'exit');
    const umask = process.umask(0o077);
    try {
      await once(swapper.stdout, 'data');
      for (let time = 0; time < (zeroCopy ? 1500 : 100); time++) {
        const sink = new FifoSink({ path, mode: 0o644, zeroCopy });
        const code = await sink.create().then(
          () => 'made',
          (error: unknown) => (error as PipeModeError).code,
        );
        expect(['made', 'NOT_A_FIFO', 'FIFO_REPLACED', 'DEST_CANNOT_HOLD_FIFOS']).toContain(code);
        await sink.close();
        expect(statSync(secret).mode & 0o777).toBe(0o600);
      }
    } finally {
      process.umask(umask);
      swapper.kill();
      await ended;
      rmSync(path, { force: true });
    }
  });

  test.each([
    ['by a system call', ''],
    ['by the command', ', zeroCopy: false'],
  ])('as many files open as may be, %s', async (_how, options) => {
    const { lines, stderr } = await runProgram(
      `import { FifoSink } from 'sagemaker-pipe-mode';
       import { closeSync, existsSync, openSync } from 'node:fs';
       const sink = new FifoSink({ path: process.argv[1] + '/train_0' ${options} });
       await new FifoSink({ path: process.argv[1] + '/first' ${options} }).create(); // loads what it needs
       const files = [];
       try { for (;;) files.push(openSync('/dev/null')); } catch {}
       await sink.create().catch(({ code, message }) => console.log(code, message));
       console.log(existsSync(sink.path));`,
      { args: [scratch.dir], setup: 'ulimit -n 64' },
    );
    expect(stderr).toBe('');
    expect(lines).toEqual([expect.stringMatching(/^TOO_MANY_OPEN_FILES .*ulimit -n/), 'false']);
  });

  test('Windows', async () => {
    const { lines } = await runProgram(
      `import { FifoSink } from 'sagemaker-pipe-mode';
       Object.defineProperty(process, 'platform', { value: 'win32' });
       await new FifoSink({ path: process.argv[1] }).create().catch(({ code, message }) => console.log(code, message));`,
      { args: [scratch.path('train_0')] },
    );
    expect(lines[0]).toMatch(/^UNSUPPORTED_PLATFORM .*WSL/);
    expect(fifosBelow(scratch.dir)).toEqual([]);
  });

  test('refuses a path that is not absolute', () => {
    const error = thrown(() => new FifoSink({ path: 'train_0' }));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain("'train_0'");
  });
});

describe('opened', () => {
  test('removes the name before the first byte is written', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    using probe = new FifoProbe(fifo());
    await sink.opened();
    expect(existsSync(fifo())).toBe(false);
    expect(probe.available()).toEqual({ bytes: Buffer.alloc(0), end: 'held' });
    await sink.write(Buffer.from('all of it'));
    await sink.close();
    expect(probe.available()).toEqual({ bytes: Buffer.from('all of it'), end: 'closed' });
  });

  test('leaves somebody else’s FIFO of the same name alone', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    using probe = new FifoProbe(fifo());
    await sink.opened();
    execFileSync('mkfifo', [fifo()]);
    await sink.close();
    expect([existsSync(fifo()), probe.available().end]).toEqual([true, 'closed']);
    rmSync(fifo());
  });

  test('fails if the name cannot be removed, and keeps the reader waiting until close', async () => {
    mkdirSync(scratch.path('open'), { mode: 0o777 });
    const { lines, stderr } = await runProgram(
      `import { FifoSink } from 'sagemaker-pipe-mode';
       import { chmodSync, constants, existsSync, openSync, readSync, mkdirSync } from 'node:fs';
       const dir = process.argv[1] + '/own';
       mkdirSync(dir);
       const sink = new FifoSink({ path: dir + '/train_0' });
       await sink.create();
       const fd = openSync(sink.path, constants.O_RDONLY | constants.O_NONBLOCK);
       chmodSync(dir, 0o555);
       const read = () => { try { return readSync(fd, Buffer.alloc(1)); } catch ({ code }) { return code; } };
       await sink.opened().catch(({ code }) => console.log(code, read()));
       await sink.close().catch(({ code }) => console.log(code, read()));
       chmodSync(dir, 0o755);`,
      { args: [scratch.path('open')], heedsPermissions: true },
    );
    expect(stderr).toBe('');
    expect(lines).toEqual(['DEST_NOT_WRITABLE EAGAIN', 'DEST_NOT_WRITABLE 0']);
  });

  test('can be ended by a signal, and called again', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const controller = new AbortController();
    const opened = sink.opened({ signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(opened).rejects.toBe(reason);
    expect(existsSync(fifo())).toBe(true);
    using _probe = new FifoProbe(fifo());
    await sink.opened({ signal: new AbortController().signal });
    await sink.close();
  });

  test('leaves no listener on its signals', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const { signal } = new AbortController();
    const opened = sink.opened({ signal });
    using _probe = new FifoProbe(fifo());
    await opened;
    expect(getEventListeners(sink.signal, 'abort')).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await sink.close();
  });

  test('as many files open as may be', async () => {
    const { lines, stderr } = await runProgram(
      `import { FifoSink } from 'sagemaker-pipe-mode';
       import { closeSync, constants, openSync } from 'node:fs';
       const sink = new FifoSink({ path: process.argv[1] + '/train_0' });
       await sink.create();
       openSync(sink.path, constants.O_RDONLY | constants.O_NONBLOCK);
       try { for (;;) openSync('/dev/null'); } catch {}
       await sink.opened().catch(({ code }) => console.log(code));
       await sink.close();`,
      { args: [scratch.dir], setup: 'ulimit -n 64' },
    );
    expect([lines, stderr]).toEqual([['TOO_MANY_OPEN_FILES'], '']);
  });

  test('and the other methods say so when they are called out of order', async () => {
    const sink = new FifoSink({ path: fifo() });
    expect((await rejection(sink.opened())).code).toBe('INVALID_STATE');
    expect((await rejection(sink.write(Buffer.from('a')))).code).toBe('INVALID_STATE');
    await sink.create();
    expect((await rejection(sink.create())).code).toBe('INVALID_STATE');
    const error = await rejection(sink.write(Buffer.from('a')));
    expect(error).toMatchObject({ code: 'INVALID_STATE', path: fifo() });
    expect(error.message).toContain('has no reader yet');
    await sink.close();
  });

  test('fails if somebody has removed the FIFO', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const opened = rejection(sink.opened());
    rmSync(fifo());
    expect(await opened).toMatchObject({ code: 'FIFO_REPLACED', path: fifo() });
    await sink.close();
  });

  test('fails if somebody has put another FIFO in its place, and leaves that one alone', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    execFileSync('mkfifo', [`${fifo()}-other`]);
    using probe = new FifoProbe(`${fifo()}-other`);
    renameSync(`${fifo()}-other`, fifo());
    expect((await rejection(sink.opened())).code).toBe('FIFO_REPLACED');
    expect(probe.available().end).toBe('closed');
    await sink.close();
    expect(fifosBelow(scratch.dest)).toEqual([fifo()]);
    rmSync(fifo());
  });

  test('leaves no descriptor however soon after the reader’s coming the sink is closed', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const sink = new FifoSink({ path: fifo() });
      await sink.create();
      using probe = new FifoProbe(fifo());
      const before = openDescriptors();
      const opened = sink.opened().catch((error: unknown) => error);
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      await sink.close();
      await opened;
      expect(probe.available().end).toBe('closed');
      expect(openDescriptors()).toBe(before);
    }
  });

  test('is ended by close, and then rejects with ABORTED', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const opened = rejection(sink.opened());
    await sink.close();
    expect((await opened).code).toBe('ABORTED');
  });
});

describe('write', () => {
  test('sends bytes and parts in order, empty ones and many small ones too', async () => {
    const all = [
      Buffer.alloc(0),
      ...Array.from({ length: 2000 }, (_, i) => noise(i % 7, i)),
      noise(1_048_576, 1),
      Buffer.alloc(0),
      noise(3_000_001, 2),
      Buffer.alloc(0),
    ];
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const got = readFifo(fifo());
    await sink.opened();
    expect(await sink.write(Buffer.from('begin'))).toBe(true);
    expect(await sink.writeParts(all)).toBe(true);
    expect(await sink.writeParts([])).toBe(true);
    expect(await sink.writeParts([Buffer.alloc(0)])).toBe(true);
    const expected = Buffer.concat([Buffer.from('begin'), ...all]);
    expect(sink.bytesWritten).toBe(expected.length);
    await sink.close();
    expect((await got).equals(expected)).toBe(true);
  });

  test('answers false once the reader has left, and says so in signal', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const probe = new FifoProbe(fifo());
    await sink.opened();
    expect([sink.readerLeft, sink.signal.aborted]).toEqual([false, false]);
    const writing = sink.write(noise(4_000_000));
    await probe.read(1000);
    expect(sink.isWriting).toBe(true);
    probe.close();
    expect(await writing).toBe(false);
    expect([sink.readerLeft, sink.signal.aborted, sink.isWriting]).toEqual([true, true, false]);
    expect(await sink.write(Buffer.from('more'))).toBe(false);
    expect(await sink.writeParts([Buffer.from('more')])).toBe(false);
    const late: Promise<string> = Promise.reject(new Error('nobody wants this any more'));
    expect(await sink.unlessReaderLeaves(late)).toBeUndefined();
    await sink.close();
  });

  test('is ended by close, without a word about a reader', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    using probe = new FifoProbe(fifo());
    await sink.opened();
    const writing = sink.write(noise(4_000_000));
    await probe.read(1);
    await Promise.all([sink.close(), sink.close()]);
    expect([await writing, sink.readerLeft]).toEqual([false, false]);
    await probe.rest();
  });
});

describe('close', () => {
  test('long after the reader has left', async () => {
    const sink = new FifoSink({ path: fifo() });
    await sink.create();
    const probe = new FifoProbe(fifo());
    await sink.opened();
    probe.close();
    expect(await sink.write(Buffer.from('nobody'))).toBe(false);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    await Promise.all([sink.close(), sink.close()]);
  });

  test('before create has made the FIFO', async () => {
    const sink = new FifoSink({ path: fifo() });
    const creating = sink.create();
    await sink.close();
    await creating;
    expect(fifosBelow(scratch.dest)).toEqual([]);
  });
});
