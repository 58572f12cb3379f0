import { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { closeSync, mkdirSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRecord, readEpochs, readRecords, type Epoch } from '../../src/reader/index.js';
import { makeFifos, newDirectory, openWriter, removeDirectory, ShellWriter } from '../support/fifo.js';
import { expectNothingLeft, leftSince, snapshot, type Snapshot } from '../support/leftovers.js';

let dir: string;
let before: Snapshot;

beforeEach(() => {
  before = snapshot();
  dir = newDirectory();
});

afterEach(async () => {
  removeDirectory(dir);
  await expectNothingLeft(before, dir);
});

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  // Put together only now, so that memory which is used twice would show.
  return Buffer.concat(chunks);
}

/** The epochs one by one, for tests that do not read them in a loop. */
function open(options: Partial<Parameters<typeof readEpochs>[0]> = {}): AsyncIterator<Epoch> {
  return readEpochs({ dir, channel: 'train', ...options })[Symbol.asyncIterator]();
}

async function next(epochs: AsyncIterator<Epoch>): Promise<Epoch> {
  const result = await epochs.next();
  if (result.done === true) throw new Error('Expected another epoch');
  return result.value;
}

/** Several turns of the event loop: what was going to happen at once has happened. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

describe('epochs', () => {
  test('are read to their ends, one after the other', async () => {
    const expected = [5_000_000, 1, 0, 65_536].map((size) => randomBytes(size));
    const paths = makeFifos(dir, ...expected.map((_, epoch) => `train_${epoch}`));
    expected.forEach((bytes, epoch) => writeFileSync(join(dir, `data${epoch}`), bytes));
    const writer = new ShellWriter('for i in 0 1 2 3; do cat "$1/data$i" > "$1/train_$i"; done', dir);
    const found: Buffer[] = [];
    for await (const epoch of readEpochs({ dir, channel: 'train', epochs: 4 })) {
      expect(epoch.epoch).toBe(found.length);
      expect(epoch.path).toBe(paths[found.length]);
      found.push(await readAll(epoch));
    }
    expect(found.map((bytes, epoch) => bytes.equals(expected[epoch]!))).toEqual([true, true, true, true]);
    expect(await writer.ended()).toBe(0);
  });

  test('can begin anywhere', async () => {
    makeFifos(dir, 'train_7', 'train_8');
    const writer = new ShellWriter('printf seven > "$1/train_7"; printf eight > "$1/train_8"', dir);
    const found: string[] = [];
    for await (const epoch of readEpochs({ dir, channel: 'train', firstEpoch: 7, epochs: 2 })) {
      found.push(`${epoch.epoch} ${(await readAll(epoch)).toString()}`);
    }
    expect(found).toEqual(['7 seven', '8 eight']);
    expect(await writer.ended()).toBe(0);
  });

  test('are waited for until their FIFO appears, even its directory', async () => {
    const later = join(dir, 'not', 'yet');
    const writer = new ShellWriter(
      'sleep 0.2; mkdir -p "$1"; mkfifo "$1/train_0"; printf late > "$1/train_0"',
      later,
    );
    const epochs = open({ dir: later });
    expect((await readAll(await next(epochs))).toString()).toBe('late');
    await epochs.return?.();
    expect(await writer.ended()).toBe(0);
  });

  test('do not end before a writer has come', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const epochs = open({ epochs: 1 });
    const bytes = readAll(await next(epochs));
    await turns();
    const fd = openWriter(path!);
    await turns();
    writeSync(fd, 'at last');
    await turns();
    writeSync(fd, ', all of it');
    closeSync(fd);
    expect((await bytes).toString()).toBe('at last, all of it');
    expect((await epochs.next()).done).toBe(true);
  });

  test.each(['before', 'after'])(
    'end when a writer leaves without a byte %s the first read',
    async (when) => {
      const [path] = makeFifos(dir, 'train_0');
      const epochs = open({ epochs: 1 });
      const epoch = await next(epochs);
      if (when === 'before') closeSync(openWriter(path!));
      const bytes = readAll(epoch);
      await turns();
      if (when === 'after') closeSync(openWriter(path!));
      expect((await bytes).length).toBe(0);
      await epochs.return?.();
    },
  );

  test('give all bytes of a writer that left before the first read', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const epochs = open();
    const epoch = await next(epochs);
    const fd = openWriter(path!);
    writeSync(fd, 'in the pipe');
    closeSync(fd);
    expect((await readAll(epoch)).toString()).toBe('in the pipe');
    await epochs.return?.();
  });

  test('hold their writer back while they are not read', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const size = 64 * 1024 * 1024;
    const writer = new ShellWriter('exec head -c "$2" /dev/zero > "$1"', path!, String(size));
    const epochs = open();
    const epoch = await next(epochs);
    let total = 0;
    for await (const chunk of epoch) {
      if (total === 0) expect(await writtenWhenStalled(writer.child.pid!)).toBeLessThan(4 * 1024 * 1024);
      total += chunk.length;
    }
    expect(total).toBe(size);
    await epochs.return?.();
    expect(await writer.ended()).toBe(0);
  });

  test('carry RecordIO', async () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 50 });
    let epoch = 0;
    await fc.assert(
      fc.asyncProperty(payloads, async (expected) => {
        const name = `train_${epoch}`;
        const [path] = makeFifos(dir, name);
        writeFileSync(join(dir, 'data'), Buffer.concat(expected.map(encodeRecord)));
        const writer = new ShellWriter('exec cat "$1" > "$2"', join(dir, 'data'), path!);
        const epochs = open({ firstEpoch: epoch++, epochs: 1 });
        const found: number[][] = [];
        for await (const record of readRecords(await next(epochs))) found.push([...record]);
        expect(found).toEqual(expected.map((payload) => [...payload]));
        await epochs.return?.();
        await writer.ended();
      }),
      { numRuns: 20 },
    );
  });

  test('go on with the next one in another loop', async () => {
    makeFifos(dir, 'train_0', 'train_1', 'train_2');
    const writer = new ShellWriter('for i in 0 1 2; do printf $i > "$1/train_$i"; done', dir);
    const epochs = readEpochs({ dir, channel: 'train', epochs: 3 });
    const found: string[] = [];
    for await (const epoch of epochs) {
      found.push((await readAll(epoch)).toString());
      break;
    }
    for await (const epoch of epochs) found.push((await readAll(epoch)).toString());
    expect(found).toEqual(['0', '1', '2']);
    await writer.ended();
  });
});

/** How many bytes a process has written once it writes no more: it is asleep, and its count stands still. */
async function writtenWhenStalled(pid: number): Promise<number> {
  for (let last = -1, still = 0; ;) {
    await turns();
    const written = Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))![1]);
    const isAsleep = / \(.*\) S /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    still = written === last && isAsleep ? still + 1 : 0;
    if (still === 200) return written;
    last = written;
  }
}

describe('an epoch that is not read to its end', () => {
  test('is closed when its loop is left, and the next one is exact', async () => {
    const rounds = 20;
    makeFifos(dir, ...Array.from({ length: 2 * rounds }, (_, epoch) => `train_${epoch}`));
    writeFileSync(join(dir, 'long'), randomBytes(1_000_000));
    const script =
      'for i in $(seq 0 2 $2); do cat "$1/long" > "$1/train_$i" 2> /dev/null; echo $i > "$1/train_$((i + 1))"; done';
    const writer = new ShellWriter(script, dir, String(2 * rounds - 2));
    for await (const epoch of readEpochs({ dir, channel: 'train', epochs: 2 * rounds })) {
      if (epoch.epoch % 2 === 1) {
        expect((await readAll(epoch)).toString()).toBe(`${epoch.epoch - 1}\n`);
        continue;
      }
      for await (const chunk of epoch) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    }
    expect(await writer.ended()).toBe(0);
  });

  test('gives its writer EPIPE', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const writer = new ShellWriter('exec cat /dev/zero > "$1"', path!);
    for await (const epoch of readEpochs({ dir, channel: 'train', epochs: 1 })) {
      for await (const chunk of epoch) {
        expect(chunk[0]).toBe(0);
        break;
      }
    }
    expect(await writer.ended()).toBe('SIGPIPE');
  });

  test('is closed when the next one is asked for, though it was never read, but not before its writer has come', async () => {
    makeFifos(dir, 'train_0', 'train_1');
    const writer = new ShellWriter('(exec cat /dev/zero > "$1/train_0"); printf next > "$1/train_1"', dir);
    const epochs = open();
    const unread = await next(epochs);
    const epoch = await next(epochs);
    expect((await readAll(epoch)).toString()).toBe('next');
    await expect(readAll(unread)).rejects.toMatchObject({
      code: 'INVALID_STATE',
      epoch: 0,
      channel: 'train',
    });
    await epochs.return?.();
    await writer.ended();
  });

  test('is closed when the outer loop is left, and fails a read that still waits', async () => {
    makeFifos(dir, 'train_0');
    let waiting: Promise<unknown> | undefined;
    for await (const epoch of readEpochs({ dir, channel: 'train' })) {
      waiting = expect(readAll(epoch)).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await turns();
      break;
    }
    expect(leftSince(before)).toEqual([]);
    await waiting;
  });

  test('has its descriptor closed by the time its loop has been left', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const epochs = open();
    const epoch = await next(epochs);
    const fd = openWriter(path!);
    writeSync(fd, 'some bytes');
    for await (const _chunk of epoch) break;
    expect(() => writeSync(fd, 'more')).toThrow(expect.objectContaining({ code: 'EPIPE' }));
    closeSync(fd);
    expect(leftSince(before)).toEqual([]);
    await epochs.return?.();
  });

  test('cannot be read twice', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const epochs = open();
    const epoch = await next(epochs);
    closeSync(openWriter(path!));
    await readAll(epoch);
    await expect(readAll(epoch)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await epochs.return?.();
  });
});

describe('readers that wait', () => {
  test('leave libuv’s threads to others', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `channel${i}`);
    const paths = makeFifos(dir, ...names.map((name) => `${name}_0`));
    const reads = names.map(async (channel) => {
      for await (const epoch of readEpochs({ dir, channel, epochs: 1 })) return await readAll(epoch);
      throw new Error('Expected an epoch');
    });
    const absent = new AbortController();
    const waits = names.map((channel) => open({ channel: `${channel}-b`, signal: absent.signal }).next());
    waits.forEach((wait) => void wait.catch(() => {}));
    await turns();
    writeFileSync(join(dir, 'file'), 'read meanwhile');
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('read meanwhile');
    for (const [i, path] of paths.entries()) {
      const fd = openWriter(path);
      writeSync(fd, `for ${i}`);
      closeSync(fd);
    }
    expect((await Promise.all(reads)).map(String)).toEqual(names.map((_, i) => `for ${i}`));
    absent.abort();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('share one listener on their signal, and none when they are done', async () => {
    const { signal } = new AbortController();
    const names = Array.from({ length: 20 }, (_, i) => `channel${i}`);
    const paths = names.map((name) => join(dir, `${name}_0`));
    const reads = names.map(async (channel) => {
      for await (const epoch of readEpochs({ dir, channel, epochs: 1, signal })) await readAll(epoch);
    });
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    makeFifos(dir, ...names.map((name) => `${name}_0`));
    const writer = new ShellWriter('for path; do echo > "$path"; done', ...paths);
    await Promise.all(reads);
    expect(getEventListeners(signal, 'abort').length).toBe(0);
    expect(await writer.ended()).toBe(0);
  });
});

describe('an abort', () => {
  const reason = new Error('changed my mind');
  const expected = { code: 'ABORTED', channel: 'train', epoch: 0, cause: reason };
  let controller: AbortController;

  beforeEach(() => {
    controller = new AbortController();
  });

  test('before the beginning', async () => {
    makeFifos(dir, 'train_0');
    controller.abort(reason);
    await expect(open({ signal: controller.signal }).next()).rejects.toMatchObject(expected);
  });

  test('while the FIFO is not there', async () => {
    const waiting = expect(open({ signal: controller.signal }).next()).rejects.toMatchObject(expected);
    await turns();
    controller.abort(reason);
    await waiting;
    expect(leftSince(before)).toEqual([]);
  });

  test('while no bytes come', async () => {
    makeFifos(dir, 'train_0');
    const epochs = open({ signal: controller.signal });
    const waiting = expect(readAll(await next(epochs))).rejects.toMatchObject(expected);
    await turns();
    controller.abort(reason);
    await waiting;
    await expect(epochs.next()).rejects.toMatchObject({ ...expected, epoch: 1 });
  });

  test('while bytes wait to be taken', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const writer = new ShellWriter('exec cat /dev/zero > "$1"', path!);
    const epochs = open({ signal: controller.signal });
    const reading = (async () => {
      for await (const _chunk of await next(epochs)) {
        await turns();
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toMatchObject(expected);
    expect(await writer.ended()).toBe('SIGPIPE');
    await epochs.return?.();
  });

  test('while an epoch is skipped', async () => {
    makeFifos(dir, 'train_0');
    const epochs = open({ signal: controller.signal });
    await next(epochs);
    const skipping = expect(epochs.next()).rejects.toMatchObject(expected);
    await turns();
    controller.abort(reason);
    await skipping;
    expect(leftSince(before)).toEqual([]);
  });

  test('between an epoch and its first read', async () => {
    const [path] = makeFifos(dir, 'train_0');
    const epochs = open({ signal: controller.signal });
    const epoch = await next(epochs);
    controller.abort(reason);
    expect(() => openWriter(path!)).toThrow(expect.objectContaining({ code: 'ENXIO' }));
    await expect(readAll(epoch)).rejects.toMatchObject(expected);
    await epochs.return?.();
  });
});

describe('what is at the path', () => {
  test('is left alone if it is a file', async () => {
    writeFileSync(join(dir, 'train_0'), 'precious');
    await expect(open().next()).rejects.toMatchObject({
      code: 'NOT_A_FIFO',
      path: join(dir, 'train_0'),
      message: expect.stringContaining(
        'it is a regular file. It may belong to a File-mode channel named "train_0"',
      ),
    });
    expect(readFileSync(join(dir, 'train_0'), 'utf8')).toBe('precious');
  });

  test('may be the directory of a File-mode channel', async () => {
    mkdirSync(join(dir, 'train_0'));
    const error = { code: 'NOT_A_FIFO', message: expect.stringContaining('it is a directory') };
    await expect(open().next()).rejects.toMatchObject(error);
  });

  test('may be a device', async () => {
    symlinkSync('/dev/null', join(dir, 'train_0'));
    const error = { code: 'NOT_A_FIFO', message: expect.stringContaining('it is a special file') };
    await expect(open().next()).rejects.toMatchObject(error);
  });

  test('may be a link to a FIFO', async () => {
    const [path] = makeFifos(dir, 'elsewhere');
    symlinkSync(path!, join(dir, 'train_0'));
    const epochs = open();
    const epoch = await next(epochs);
    closeSync(openWriter(path!));
    expect((await readAll(epoch)).length).toBe(0);
    await epochs.return?.();
  });

  test('has to appear in time, if there is a limit', async () => {
    makeFifos(dir, 'train_1');
    await expect(open({ openTimeoutMs: 0 }).next()).rejects.toMatchObject({ code: 'READ_TIMEOUT' });
    await expect(open({ openTimeoutMs: 20 }).next()).rejects.toMatchObject({
      code: 'READ_TIMEOUT',
      channel: 'train',
      epoch: 0,
      path: join(dir, 'train_0'),
      message: expect.stringContaining('did not appear within 20 ms'),
    });
  });

  test('has to be reachable', async () => {
    writeFileSync(join(dir, 'file'), '');
    const error = { code: 'READ_FAILED', cause: expect.objectContaining({ code: 'ENOTDIR' }) };
    await expect(open({ dir: join(dir, 'file') }).next()).rejects.toMatchObject(error);
  });
});

describe('options', () => {
  test.each([
    [{ channel: '' }, 'INVALID_CHANNEL_NAME'],
    [{ channel: 'a/b' }, 'INVALID_CHANNEL_NAME'],
    [{ channel: 'x'.repeat(65) }, 'INVALID_CHANNEL_NAME'],
    [{ channel: 7 }, 'INVALID_CHANNEL_NAME'],
    [{ epochs: 0 }, 'INVALID_EPOCHS'],
    [{ epochs: 1.5 }, 'INVALID_EPOCHS'],
    [{ epochs: '3' }, 'INVALID_EPOCHS'],
    [{ firstEpoch: -1 }, 'INVALID_OPTION'],
    [{ dir: '' }, 'INVALID_OPTION'],
    [{ openTimeoutMs: -1 }, 'INVALID_OPTION'],
    [{ openTimeoutMs: NaN }, 'INVALID_OPTION'],
    [{ signal: {} }, 'INVALID_OPTION'],
    [{ signal: null }, 'INVALID_OPTION'],
    [{ timeout: 5 }, 'UNKNOWN_OPTION'],
  ])('%j is refused with %s, at once', (options, code) => {
    const all = { dir, channel: 'train', ...options } as never;
    expect(() => readEpochs(all)).toThrow(expect.objectContaining({ code }));
  });

  test('have to be there', () => {
    expect(() => readEpochs(undefined as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
