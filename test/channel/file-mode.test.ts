import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import fc from 'fast-check';
import {
  type ChannelOptions,
  createChannel,
  createChannels,
  type FileModeOptions,
  type Source,
} from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, sha256 } from '../support/bytes.js';
import { useFileChannel } from '../support/file-channel.js';
import { readFifo } from '../support/fifo-reader.js';
import { recordEvents } from '../support/record-events.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { rejection, thrown } from '../support/expected-errors.js';

const scratch = useScratch();

const { fileChannel, root, work } = useFileChannel(scratch, () => ({ source: scratch.dir }));

/** All files below a directory, by their paths, and what is in them. */
function filesIn(dir: string): Record<string, string> {
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => lstatSync(join(dir, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(dir, path), 'utf8')]));
}

async function s3With(objects: Record<string, string | Uint8Array>): Promise<S3Server> {
  const server = await startS3Server();
  server.createBucket('bucket');
  for (const [key, body] of Object.entries(objects)) server.put('bucket', key, body);
  return server;
}

const keyOf = (seen: S3Server['seen'][number]) => JSON.stringify(seen);

describe('what is delivered', () => {
  test('is complete when start() resolves, and gone after stop()', async () => {
    scratch.files({ 'a.csv': '1', 'b/c.csv': '2', 'b/empty': '' });
    const channel = fileChannel({});
    const events = recordEvents(channel);
    await channel.start();
    expect(filesIn(root())).toEqual({ 'a.csv': '1', 'b/c.csv': '2', 'b/empty': '' });
    expect(readdirSync(scratch.dest)).toEqual(['train']); // an algorithm would take anything else for a channel
    expect(channel.state).toBe('finished');
    expect(channel.stats()).toMatchObject({ objects: 3, bytes: 2, epochObjects: 3, waitingFor: 'nobody' });
    await channel.finished();
    expect(events[0]).toBe('epochStart 0');
    expect(events.slice(1, -1).sort()).toEqual([
      'object 0 a.csv 1',
      'object 0 b/c.csv 1',
      'object 0 b/empty 0',
    ]);
    expect(events.at(-1)).toBe('epochEnd 0 2 3 complete');
    await channel.stop();
    await channel.stop();
    expect(readdirSync(scratch.dest)).toEqual([]);
    expect(filesIn(scratch.dir)).toEqual({ 'a.csv': '1', 'b/c.csv': '2', 'b/empty': '' });
  });

  test('is the same as in Pipe mode, whatever the source, the sizes and the transforms', async () => {
    const sizes = fc.array(fc.constantFrom(0, 1, 5, 65_536, 1_000_001, 4_200_000), {
      minLength: 1,
      maxLength: 5,
    });
    const kind = fc.constantFrom('file', 's3', 'memory', 'stream');
    await using server = await s3With({});
    let round = 0;
    await fc.assert(
      fc.asyncProperty(sizes, kind, fc.boolean(), async (sizes, kind, isTransformed) => {
        const prefix = `round-${round++}`;
        const bodies = sizes.map((size, i) => ({ key: `d/${i}`, body: noise(size, i + 1) }));
        if (kind === 'file')
          scratch.files(Object.fromEntries(bodies.map(({ key, body }) => [`${prefix}/${key}`, body])));
        for (const { key, body } of bodies) server.put('bucket', `${prefix}/${key}`, body);
        const source = {
          file: scratch.path(prefix),
          s3: `s3://bucket/${prefix}`,
          memory: bodies,
          stream: bodies.map(({ key, body }) => ({ key, body: () => halves(body) })),
        }[kind];
        const options = { source, s3: server.clientConfig, transforms: isTransformed ? [invert] : [] };
        await using file = fileChannel(options);
        await using pipe = createChannel({ ...options, name: 'pipe', dest: scratch.dest, epochs: 1 });
        await Promise.all([file.start(), pipe.start()]);
        const streamed = await readFifo(join(scratch.dest, 'pipe_0'));
        const delivered = bodies.map(({ key }) => readFileSync(join(root(), key)));
        expect(sha256(...delivered)).toBe(sha256(streamed));
        expect(Object.keys(filesIn(root()))).toHaveLength(sizes.length);
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  test.each([
    ['train', { a: 1, 'b/c': 1 }],
    ['train/', { a: 1, 'b/c': 1 }],
    ['train/b', { c: 1 }],
    ['tra', { 'train/a': 1, 'train/b/c': 1 }],
    ['train/a', { a: 1 }],
    ['', { 'train/a': 1, 'train/b/c': 1 }],
  ])('has paths relative to the folder that the S3 prefix "%s" names', async (prefix, paths) => {
    await using server = await s3With({ 'train/a': 'x', 'train/b/c': 'y' });
    await using channel = fileChannel({ source: `s3://bucket/${prefix}`, s3: server.clientConfig });
    await channel.start();
    expect(Object.keys(filesIn(root()))).toEqual(Object.keys(paths));
  });

  test('is a share of the shuffled objects, and a surplus host gets an empty directory', async () => {
    const source = ['a', 'b', 'c'].map((key) => ({ key, body: key }));
    const all: string[] = [];
    for (let index = 0; index < 4; index++) {
      await using channel = fileChannel({ source, shuffle: { seed: 1 }, shard: { index, count: 4 } });
      await channel.start();
      all.push(...readdirSync(root()));
      if (index === 3) expect(readdirSync(root())).toEqual([]);
    }
    expect(all.sort()).toEqual(['a', 'b', 'c']);
  });

  test('has the names that transforms give, below the same folder', async () => {
    await using server = await s3With({ 'train/a.json': '{}', 'train/b/c.json': '[]' });
    await using channel = fileChannel({
      source: 's3://bucket/train',
      s3: server.clientConfig,
      transforms: [(object) => ({ ...object, key: object.key.replace('.json', '.csv') })],
    });
    await channel.start();
    expect(filesIn(root())).toEqual({ 'a.csv': '{}', 'b/c.csv': '[]' });
  });

  test('can be written to, and the originals do not change', async () => {
    scratch.files({ a: 'original' });
    await using channel = fileChannel({});
    await channel.start();
    writeFileSync(join(root(), 'a'), 'spoilt!!');
    expect(readFileSync(scratch.path('a'), 'utf8')).toBe('original');
  });

  test('goes beside Pipe channels in a group', async () => {
    scratch.files({ a: 'x' });
    await using group = createChannels({
      dest: scratch.dest,
      epochs: 1,
      channels: { files: { source: scratch.dir, inputMode: 'File' }, pipe: { source: scratch.dir } },
    });
    await group.start();
    expect(filesIn(join(scratch.dest, 'files'))).toEqual({ a: 'x' });
    expect((await readFifo(join(scratch.dest, 'pipe_0'))).toString()).toBe('x');
    await group.finished();
  });
});

describe('FastFile', () => {
  test('is write-protected, and removed all the same', async () => {
    scratch.files({ 'a/b': 'x' });
    await using channel = fileChannel({ inputMode: 'FastFile' });
    await channel.start();
    expect(statSync(join(root(), 'a/b')).mode & 0o777).toBe(0o444);
    expect(statSync(join(root(), 'a')).mode & 0o777).toBe(0o555);
    expect(statSync(root()).mode & 0o777).toBe(0o555);
    await channel.stop();
    expect(readdirSync(scratch.dest)).toEqual([]);
    expect(filesIn(scratch.dir)).toEqual({ 'a/b': 'x' });
  });

  test('leaves files that are write-protected already as they are', async () => {
    scratch.files({ c: 'y' });
    chmodSync(scratch.path('c'), 0o444);
    const before = statSync(scratch.path('c'));
    await using channel = fileChannel({ inputMode: 'FastFile' });
    await channel.start();
    expect(statSync(join(root(), 'c')).ino).not.toBe(before.ino);
    await channel.stop();
    const { ctimeMs, nlink, mode } = statSync(scratch.path('c'));
    expect({ ctimeMs, nlink, mode }).toEqual({ ctimeMs: before.ctimeMs, nlink: 1, mode: before.mode });
    expect(readFileSync(scratch.path('c'), 'utf8')).toBe('y');
  });
});

describe('a key that would leave its directory', () => {
  test.each([
    '../outside',
    'a/../../outside',
    '/etc/outside',
    'a//b',
    'a/',
    './a',
    '.',
    'nul\0byte',
    'x'.repeat(256),
    Array.from({ length: 30 }, () => 'y'.repeat(200)).join('/'),
    '\ud800',
  ])('is refused: %j', async (key) => {
    await using channel = fileChannel({ source: [{ key, body: 'x' }] });
    const error = await rejection(channel.start());
    expect(error.code).toBe('UNSAFE_KEY');
    expect(error.key).toBe(key);
    expect(error.channel).toBe('train');
    expect(readdirSync(scratch.dest)).toEqual([]);
    expect(channel.state).toBe('failed');
  });

  test.each([
    ['a name of 255 bytes', () => 'n'.repeat(255)],
    ['255 bytes of more than one each', () => '日'.repeat(85)],
    [
      'a path of 4,095 bytes',
      () => {
        const free = 4095 - Buffer.byteLength(`${root()}/`);
        return `${'p/'.repeat(Math.floor(free / 2) - 1)}${'p'.repeat(2 - (free % 2 === 0 ? 0 : -1))}`;
      },
    ],
  ])('is not refused for being as long as can be: %s', async (_what, makeKey) => {
    const key = makeKey();
    await using channel = fileChannel({ source: [{ key, body: 'x' }] });
    await channel.start();
    expect(readFileSync(join(root(), key), 'utf8')).toBe('x');
  });

  test('is refused when a transform makes it', async () => {
    const transforms = [(object: object) => ({ ...object, key: '../outside' }) as never];
    await using channel = fileChannel({ source: [{ key: 'a', body: 'x' }], transforms });
    expect((await rejection(channel.start())).code).toBe('UNSAFE_KEY');
    expect(readdirSync(scratch.dest)).toEqual([]);
  });

  test('may look odd as long as it does not', async () => {
    const keys = ['..a', 'a..', '...', 'back\\slash', 'sp ace', '~', '日本語', '-rf', 'c/.hidden'];
    await using channel = fileChannel({ source: keys.map((key) => ({ key, body: key })) });
    await channel.start();
    expect(filesIn(root())).toEqual(Object.fromEntries(keys.map((key) => [key, key])));
  });
});

describe('keys that cannot all be files', () => {
  test.each([
    ['a file and a directory', ['a', 'a/b']],
    ['a directory and a file', ['a/b/c', 'a/b']],
  ])('are refused: %s', async (_name, keys) => {
    await using channel = fileChannel({ source: keys.map((key) => ({ key, body: key })) });
    const error = await rejection(channel.start());
    expect(error.code).toBe('KEY_COLLISION');
    expect(keys).toContain(error.key);
    expect(readdirSync(scratch.dest)).toEqual([]);
  });

  test('are refused: the same path twice', async () => {
    const object = { key: 'a', open: async function* () {} };
    await using channel = fileChannel({ source: { objects: () => [object, object] } });
    expect((await rejection(channel.start())).code).toBe('KEY_COLLISION');
  });
});

describe('what is in the way', () => {
  test.each([
    [
      'a directory with files',
      (path: string) => {
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, 'mine'), 'x');
      },
    ],
    [
      'a file',
      (path: string) => {
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(path, 'mine');
      },
    ],
    [
      'a symbolic link to a directory',
      (path: string) => {
        mkdirSync(join(path, '..'), { recursive: true });
        symlinkSync(scratch.dir, path);
      },
    ],
  ])('is left untouched: %s', async (_name, make) => {
    for (const path of [root(), work()]) {
      scratch.files({ a: 'x' });
      make(path);
      const before = readdirSync(scratch.dest, { recursive: true });
      const channel = fileChannel({});
      const error = await rejection(channel.start());
      expect(error).toMatchObject({ code: 'DEST_OCCUPIED', path });
      await channel.stop();
      expect(readdirSync(scratch.dest, { recursive: true })).toEqual(before);
      rmSync(scratch.dest, { recursive: true });
      expect(filesIn(scratch.dir)).toEqual({ a: 'x' });
    }
  });

  test('an empty directory is used', async () => {
    scratch.files({ a: 'x' });
    mkdirSync(root(), { recursive: true });
    await using channel = fileChannel({});
    await channel.start();
    expect(filesIn(root())).toEqual({ a: 'x' });
  });

  test('what somebody has put in the place of the directory is not removed', async () => {
    scratch.files({ a: 'x' });
    const channel = fileChannel({});
    await channel.start();
    rmSync(root(), { recursive: true });
    mkdirSync(root());
    writeFileSync(join(root(), 'mine'), 'x');
    await channel.stop();
    expect(filesIn(scratch.dest)).toMatchObject({ 'train/mine': 'x' });
  });

  test('a symbolic link that the algorithm has made is removed, and what it leads to is not', async () => {
    scratch.files({ a: 'x' });
    mkdirSync(scratch.path('../precious'));
    writeFileSync(scratch.path('../precious/file'), 'x');
    await using channel = fileChannel({});
    await channel.start();
    symlinkSync(scratch.path('../precious'), join(root(), 'link'));
    await channel.stop();
    expect(readdirSync(scratch.path('../precious'))).toEqual(['file']);
    expect(existsSync(root())).toBe(false);
  });

  test('a dest that cannot be made is an error, and other channels go on', async () => {
    scratch.files({ a: 'x' });
    const channel = fileChannel({ dest: '/proc/nowhere/x' });
    await using other = fileChannel({});
    const [error] = await Promise.all([rejection(channel.start()), other.start()]);
    expect(error).toMatchObject({ code: 'DEST_NOT_WRITABLE', path: '/proc/nowhere' });
    await channel.stop();
    expect(filesIn(root())).toEqual({ a: 'x' });
  });

  test('a dest that is a file', async () => {
    scratch.files({ a: 'x' });
    const channel = fileChannel({ dest: scratch.path('a') });
    expect((await rejection(channel.start())).code).toBe('DEST_NOT_A_DIRECTORY');
  });
});

describe('failure', () => {
  test('of the source leaves nothing where the algorithm looks', async () => {
    const failing: Source = {
      *objects() {
        yield {
          key: 'a',
          open: async function* () {
            yield Buffer.from('x');
          },
        };
        yield {
          key: 'b',
          open: async function* () {
            yield Buffer.from('half');
            throw new Error('broken');
          },
        };
      },
    };
    await using channel = fileChannel({ source: failing });
    const events = recordEvents(channel);
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', key: 'b', channel: 'train' });
    expect(events.at(-1)).toBe('error SOURCE_FAILED');
    expect(readdirSync(scratch.dest)).toEqual([]);
  });

  test('of an empty source, and of a file that is not as it was listed', async () => {
    expect((await rejection(fileChannel({ source: { objects: () => [] } }).start())).code).toBe(
      'SOURCE_EMPTY',
    );
    const source = [{ key: 'a', body: () => halves(Buffer.alloc(10)) }];
    const transforms = [(object: object) => ({ ...object, size: 11 }) as never];
    expect((await rejection(fileChannel({ source, transforms }).start())).code).toBe('SOURCE_SIZE_MISMATCH');
    expect(readdirSync(scratch.dest)).toEqual([]);
  });

  test.each(['gunzip', 'recordio'])('%s is for Pipe mode only, and the error says so', (option) => {
    for (const inputMode of ['File', 'FastFile'] as const) {
      const error = thrown(() => fileChannel({ inputMode, [option]: true }));
      expect(error.code).toBe('PIPE_MODE_ONLY');
      expect(error.message).toContain(`\`${option}: true\``);
      expect(error.message).toContain(inputMode);
    }
  });

  test('an input mode that there is not', () => {
    expect(thrown(() => fileChannel({ inputMode: 'file' as never })).code).toBe('INVALID_OPTION');
  });
});

describe('stop() and abort while files are written', () => {
  test.each(['stop', 'abort', 'a source that never answers'])('%s', async (how) => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const hanging: Source = {
      async *objects({ signal }) {
        yield {
          key: 'a',
          open: async function* () {
            yield Buffer.from('x');
          },
        };
        if (how !== 'stop') open();
        if (how === 'a source that never answers') await new Promise(() => undefined);
        yield {
          key: 'b',
          open: async function* (context) {
            yield Buffer.from('half');
            open();
            await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
          },
        };
        signal.throwIfAborted();
      },
    };
    const controller = new AbortController();
    const channel = fileChannel({ source: hanging, signal: controller.signal });
    const started = rejection(channel.start());
    await opened;
    if (how === 'abort') controller.abort();
    await channel.stop();
    expect((await started).code).toBe('ABORTED');
    expect(channel.state).toBe('stopped');
    expect(readdirSync(scratch.dest)).toEqual([]);
  });
});

describe('a download that was interrupted', () => {
  const objects = { 'p/a': noise(100_000, 1), 'p/b': noise(200_000, 2), 'p/c/d': noise(5_000_000, 3) };

  /** Leaves two of the files complete. */
  async function interrupt(options: Partial<FileModeOptions>): Promise<void> {
    const controller = new AbortController();
    const channel = fileChannel({ ...options, signal: controller.signal });
    let done = 0;
    channel.on('object', () => ++done === 2 && controller.abort());
    await rejection(channel.start());
    await channel.stop();
  }

  test('goes on where it was, with what has not changed since', async () => {
    await using server = await s3With(objects);
    const options = { source: 's3://bucket/p/', s3: server.clientConfig };
    await interrupt(options);
    expect(existsSync(root())).toBe(false);
    expect(readdirSync(scratch.dest)).toEqual(['.train.sagemaker-pipe-mode']);

    server.put('bucket', 'p/a', 'new content');
    const before = server.seen.length;
    await using second = fileChannel(options);
    await second.start();
    const fetched = server.seen.slice(before).map(keyOf).join('\n');
    expect(fetched).toContain('p/a');
    expect(fetched).not.toContain('p/b');
    expect(readFileSync(join(root(), 'a'), 'utf8')).toBe('new content');
    expect(sha256(readFileSync(join(root(), 'b')))).toBe(sha256(objects['p/b']));
    expect(sha256(readFileSync(join(root(), 'c/d')))).toBe(sha256(objects['p/c/d']));
    await second.stop();
    expect(readdirSync(scratch.dest)).toEqual([]);
  });

  test('does not trust a file that somebody has changed', async () => {
    await using server = await s3With(objects);
    const options = { source: 's3://bucket/p/', s3: server.clientConfig };
    await interrupt(options);
    const [attempt] = readdirSync(work()).filter((name) => /^\d+$/.test(name));
    for (const path of Object.keys(filesIn(join(work(), attempt!)))) {
      writeFileSync(join(work(), attempt!, path), 'spoilt');
    }
    await using second = fileChannel(options);
    await second.start();
    expect(sha256(readFileSync(join(root(), 'a')))).toBe(sha256(objects['p/a']));
    expect(sha256(readFileSync(join(root(), 'b')))).toBe(sha256(objects['p/b']));
  });

  test('takes nothing from a directory that is a symbolic link now', async () => {
    await using server = await s3With({ 'p/a': 'x', 'p/c/d': 'precious', 'p/e': noise(5_000_000) });
    const options = { source: 's3://bucket/p/', s3: server.clientConfig };
    await interrupt(options);
    const attempt = join(work(), '1');
    renameSync(join(attempt, 'c'), scratch.path('elsewhere'));
    symlinkSync(scratch.path('elsewhere'), join(attempt, 'c'));
    await using second = fileChannel(options);
    await second.start();
    expect(lstatSync(join(root(), 'c')).isSymbolicLink()).toBe(false);
    expect(readFileSync(join(root(), 'c/d'), 'utf8')).toBe('precious');
    expect(filesIn(scratch.path('elsewhere'))).toEqual({ d: 'precious' });
  });
});

describe('the name trap', () => {
  const source = [{ key: 'a', body: 'x' }];

  test('a File channel train_0 and a Pipe channel train are refused in one group', () => {
    const options = {
      dest: scratch.dest,
      channels: { train: { source }, train_0: { source, inputMode: 'File' as const } },
    };
    const error = thrown(() => createChannels(options));
    expect(error).toMatchObject({ code: 'CHANNEL_NAME_CLASH', channel: 'train_0' });
    expect(error.message).toContain('epoch 0');
  });

  test('but not when they have nothing in common', () => {
    const file = { source, inputMode: 'File' as const };
    createChannels({ dest: scratch.dest, channels: { train: file, train_0: { source } } });
    createChannels({
      dest: scratch.dest,
      channels: { train: { source }, train_00: file, train_x: file, 'train-0': file },
    });
    createChannels({
      dest: scratch.dest,
      channels: { train: { source }, train_0: { ...file, dest: scratch.dir } },
    });
  });

  test('and neither are they in one process', async () => {
    await using pipe = createChannel({ name: 'train', source, dest: scratch.dest });
    await pipe.start();
    const file = fileChannel({ name: 'train_12', source });
    expect((await rejection(file.start())).code).toBe('CHANNEL_NAME_CLASH');
    await pipe.stop();
    await using other = fileChannel({ name: 'train_12', source });
    await other.start();
    const again = createChannel({ name: 'train', source, dest: scratch.dest });
    expect((await rejection(again.start())).code).toBe('CHANNEL_NAME_CLASH');
  });

  test('a File channel has its name until it is stopped', async () => {
    const first = fileChannel({ source });
    await first.start();
    expect((await rejection(fileChannel({ source }).start())).code).toBe('CHANNEL_IN_USE');
    await first.stop();
    await using second = fileChannel({ source });
    await second.start();
  });
});

async function* halves(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, bytes.length / 2);
  await delay(0);
  yield bytes.subarray(bytes.length / 2);
}

const invert: NonNullable<ChannelOptions['transforms']>[number] = (object) => ({
  ...object,
  async *open(context) {
    for await (const chunk of object.open(context)) yield chunk.map((byte) => byte ^ 255);
  },
});
