import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { createChannel } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { readFifo } from '../support/fifo-reader.js';
import { fifosBelow } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { rejection, thrown } from '../support/expected-errors.js';

const scratch = useScratch();
const source = [{ key: 'a', body: 'a' }];
const create = (options: object) => createChannel({ name: 'train', source, dest: scratch.dest, ...options });

describe('a name', () => {
  test.each(['', 'a'.repeat(65), 'a b', 'a/b', '../a', 'ä', 'a\n', 'a\0', 'train*', undefined, null, 7, {}])(
    'that is %j is refused',
    (name) => {
      const error = thrown(() => create({ name }));
      expect(error.code).toBe('INVALID_CHANNEL_NAME');
      expect(error.message).toMatch(
        /^Expected `name` to be 1 to 64 of the characters .*got `.*Rename the channel\.$/s,
      );
    },
  );

  test.each(['a', '.', '..', '-', '--help', '_', 'a'.repeat(64), 'Train-1.2_3'])(
    'that is %s streams',
    async (name) => {
      await using channel = create({ name, epochs: 1 });
      await channel.start();
      expect(await readFifo(join(scratch.dest, `${name}_0`))).toEqual(Buffer.from('a'));
      await channel.finished();
    },
  );
});

test.each([0, -1, 1.5, NaN, -Infinity, '3', null, 2 ** 53, true])(
  'epochs that are %j are refused',
  (epochs) => {
    const error = thrown(() => create({ epochs }));
    expect(error.code).toBe('INVALID_EPOCHS');
    expect(error.message).toMatch(
      /^Expected `epochs` to be an integer from 1 up, got .*Leave it out for endless epochs\.$/,
    );
  },
);

describe('an option that is not what it has to be', () => {
  const wrong: [string, unknown, string][] = [
    ['dest', '', 'the path of a directory'],
    ['dest', undefined, 'the path of a directory'],
    ['dest', 7, 'the path of a directory'],
    ['source', undefined, 'a path, an s3:// URI, a Source'],
    ['source', '', 'a path, an s3:// URI, a Source'],
    ['source', {}, 'a path, an s3:// URI, a Source'],
    ['source', 'file://elsewhere/data', 'a file:// URL with an absolute path'],
    ['gunzip', 1, 'true or false'],
    ['recordio', 'yes', 'true or false'],
    ['transforms', {}, 'an array of functions'],
    ['transforms', ['gunzip'], 'an array of functions'],
    ['prefetchBytes', 1_048_575, 'from 1048576 (1 MiB) up'],
    ['prefetchBytes', Infinity, 'from 1048576 (1 MiB) up'],
    ['prefetchBytes', 2e6 + 0.5, 'from 1048576 (1 MiB) up'],
    ['mode', 0o1000, 'permission bits from 0o000 to 0o777'],
    ['mode', -1, 'permission bits'],
    ['mode', '644', 'permission bits'],
    ['signal', {}, 'an AbortSignal'],
  ];

  test.each(wrong)('%s: %j', (option, value, rule) => {
    const error = thrown(() => create({ [option]: value }));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain(`Expected \`${option}\` to be`);
    expect(error.message).toContain(rule);
    expect(error.message).toContain(', got ');
  });

  test.each([undefined, null, 7, 'train'])('all of them: %j', (options) => {
    const error = thrown(() => createChannel(options as never));
    expect(error.code).toMatch(/^(INVALID_OPTION|UNKNOWN_OPTION)$/);
  });

  test.each(['epoch', 'Name', 'toString', '__proto__x', 'constructor'])(
    'one that does not exist: %s',
    (name) => {
      const error = thrown(() => create({ [name]: 1 }));
      expect(error.code).toBe('UNKNOWN_OPTION');
      expect(error.message).toMatch(
        new RegExp(
          `^Unknown option \`${name}\`\\.( Did you mean \`\\w+\`\\?)? The options are name, source, dest`,
        ),
      );
    },
  );

  test('undefined is as good as nothing', async () => {
    const {
      name,
      dest,
      source: theSource,
      ...optional
    } = {
      name: 'train',
      dest: scratch.dest,
      source,
      gunzip: undefined,
      recordio: undefined,
      transforms: undefined,
      epochs: 1,
      prefetchBytes: undefined,
      s3: undefined,
      mode: undefined,
      signal: undefined,
    };
    await using channel = createChannel({ name, dest, source: theSource, ...optional });
    await channel.start();
    expect(await readFifo(join(dest, 'train_0'))).toEqual(Buffer.from('a'));
    await channel.finished();
  });
});

describe('a source', () => {
  test.each(['no', 'file/below', 'no/way'])('that is not there: %s', async (name) => {
    scratch.files({ file: '' });
    await using channel = create({ source: scratch.path(name) });
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', channel: 'train', path: scratch.path(name) });
    expect(error.message).toContain(`Channel "train": There is no file or directory "${scratch.path(name)}"`);
    expect(fifosBelow(scratch.dest)).toEqual([]);
    expect(channel.state).toBe('failed');
    expect(await rejection(channel.finished())).toBe(error);
  });

  test('that is empty: a directory, directories in directories, only special files, no objects in memory', async () => {
    mkdirSync(scratch.path('empty/er'), { recursive: true });
    mkdirSync(scratch.path('loop'));
    symlinkSync('.', scratch.path('loop/self'));
    for (const empty of [scratch.path('empty'), scratch.path('loop'), '/dev/null', []]) {
      await using channel = create({ source: empty });
      const error = await rejection(channel.start());
      expect(error).toMatchObject({ code: 'SOURCE_EMPTY', channel: 'train' });
      expect(error.message).toMatch(
        /nothing to stream\. (Put the data there, or check the path|Give it at least one)/,
      );
      expect(existsSync(scratch.dest)).toBe(false);
    }
  });

  test('that is a file:// URL, a relative path, or a file', async () => {
    scratch.files({ 'a b%20': 'content' });
    const path = scratch.path('a b%20');
    const sources = [
      pathToFileURL(path).href,
      path,
      relative(process.cwd(), path),
      `${scratch.dir}/./a b%20`,
    ];
    for (const [index, each] of sources.entries()) {
      await using channel = create({ name: `c${index}`, source: each, epochs: 1 });
      await channel.start();
      expect((await readFifo(join(scratch.dest, `c${index}_0`))).toString()).toBe('content');
      await channel.finished();
    }
  });
});

describe('two channels on the same FIFOs', () => {
  test('are refused, also by another way to the same directory, until the first has ended', async () => {
    mkdirSync(scratch.path('real'));
    symlinkSync('real', scratch.path('link'));
    await using first = create({ dest: scratch.path('real', 'new', 'er'), epochs: 1 });
    await first.start();
    for (const dest of [
      scratch.path('real/new/er'),
      scratch.path('link/new/er'),
      scratch.path('real/./new/../new/er/'),
    ]) {
      await using second = create({ dest });
      const error = await rejection(second.start());
      expect(error).toMatchObject({ code: 'CHANNEL_IN_USE', channel: 'train' });
      expect(error.message).toContain('Stop it first, or give one of the two another `name` or `dest`');
    }
    await using other = create({ name: 'train_0', dest: scratch.path('real/new/er') });
    await other.start();
    expect((await readFifo(join(scratch.path('link/new/er'), 'train_0'))).toString()).toBe('a');
    await first.finished();
    await using third = create({ dest: scratch.path('link/new/er') });
    await third.start();
  });

  test.each(['stop', 'abort', 'failed start', 'failure'])('may follow each other after %s', async (how) => {
    const controller = new AbortController();
    const first = create({
      signal: controller.signal,
      ...(how === 'failed start' ? { source: scratch.path('no') } : {}),
      ...(how === 'failure' ? { source: { objects: () => [] } } : {}),
    });
    if (how === 'failed start') await rejection(first.start());
    else await first.start();
    const ended = first.finished().catch(() => undefined);
    if (how === 'failure') {
      const reading = readFifo(join(scratch.dest, 'train_0'));
      await ended;
      await using tooEarly = create({});
      // Its reader is still being held.
      expect((await rejection(tooEarly.start())).code).toBe('CHANNEL_IN_USE');
      await first.stop();
      await reading;
    }
    if (how === 'abort') controller.abort();
    else await first.stop();
    await ended;
    await using second = create({});
    await second.start();
  });
});

describe('dest', () => {
  test('is made, relative to the working directory, and stays', async () => {
    const channel = create({ dest: scratch.path('x', '..', 'y') });
    expect(channel.dest).toBe(scratch.path('y'));
    expect(createChannel({ name: 'train', source, dest: 'some/where' }).dest).toBe(
      join(process.cwd(), 'some/where'),
    );
    await channel.start();
    expect(statSync(join(channel.dest, 'train_0')).isFIFO()).toBe(true);
    await channel.stop();
    expect(existsSync(scratch.path('y'))).toBe(true);
  });

  test('has FIFOs of the mode that was asked for', async () => {
    await using channel = create({ mode: 0o640 });
    await channel.start();
    expect(statSync(join(scratch.dest, 'train_0')).mode & 0o777).toBe(0o640);
  });

  test.each([
    ['DEST_NOT_A_DIRECTORY', () => scratch.path('file')],
    ['DEST_NOT_A_DIRECTORY', () => scratch.path('file/below')],
    ['DEST_NOT_WRITABLE', () => '/proc/not/here'],
    ['DEST_CANNOT_HOLD_FIFOS', () => '/proc'],
    ['NOT_A_FIFO', () => scratch.dir],
  ])('%s fails start()', async (code, dest) => {
    scratch.files({ file: '', train_0: 'precious' });
    chmodSync(scratch.path('file'), 0o600);
    await using channel = create({ dest: dest() });
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code, channel: 'train' });
    expect(error.message).toMatch(/^Channel "train": /);
    expect(statSync(scratch.path('train_0')).size).toBe(8);
  });
});
