import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, Script } from 'node:vm';

import {
  createChannel,
  createChannels,
  FifoSink,
  fileSource,
  fromChannel,
  s3Source,
  shuffled,
} from 'sagemaker-pipe-mode';
import { readEpochs } from 'sagemaker-pipe-mode/reader';
import { encodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';
import { describe, expect, test } from 'vitest';

import { readFifo } from '../support/fifo-reader.js';
import { useScratch } from '../support/scratch.js';
import { rejection, thrown } from '../support/expected-errors.js';

const scratch = useScratch();
const source = [{ key: 'a', body: 'a' }];
const create = (options: object) => createChannel({ name: 'train', source, dest: scratch.dest, ...options });

describe('a misspelt option', () => {
  test.each<[string, string, () => unknown]>([
    ['createChannel', 'epochs', () => create({ epoch: 1 })],
    ['createChannel', 'prefetchBytes', () => create({ prefetch_bytes: 1 })],
    ['createChannel', 'gunzip', () => create({ gzip: true })],
    ['createChannel, shuffle', 'seed', () => create({ shuffle: { sed: 1 } })],
    ['createChannels', 'channels', () => createChannels({ dest: 'd', channel: {} } as never)],
    [
      'a channel of a group',
      'recordio',
      () => createChannels({ dest: 'd', channels: { a: { recordIO: true } } } as never),
    ],
    ['readEpochs', 'openTimeoutMs', () => readEpochs({ channel: 'a', openTimeoutMS: 1 } as never)],
    ['s3Source', 's3', () => s3Source('s3://bucket', { s4: {} } as never)],
    ['shuffled', 'seed', () => shuffled(fileSource('.'), { Seed: 1 } as never)],
    ['fromChannel', 'CompressionType', () => fromChannel({ CompresionType: 'Gzip' } as never, { dest: 'd' })],
    ['encodeRecordProtobuf', 'label', () => encodeRecordProtobuf({ labels: 1 } as never)],
  ])('of %s: did you mean `%s`?', (_name, right, call) => {
    expect(thrown(call).message).toContain(`Did you mean \`${right}\`?`);
  });

  test.each(['zzz', 'toString', 'x'])('that resembles none is not guessed at: %s', (name) => {
    expect(thrown(() => create({ [name]: 1 })).message).not.toContain('Did you mean');
  });
});

describe('a directory to write to', () => {
  test('is a path or a file:// URL', async () => {
    const dest = join(scratch.dest, 'a b#c');
    await using channel = create({ dest: pathToFileURL(dest).href, epochs: 1 });
    expect(channel.dest).toBe(dest);
    await channel.start();
    expect((await readFifo(join(dest, 'train_0'))).toString()).toBe('a');
    await channel.finished();
  });

  const wrong = [
    's3://b/x',
    'S3://b',
    's3:x',
    'https://host/x',
    'file:x',
    'file://host/x',
    'file:///x#y',
    'file:///%00',
  ];
  test.each(wrong)('that is %s is refused', (dest) => {
    for (const call of [
      () => create({ dest }),
      () => createChannels({ dest, channels: { a: { source } } }),
      () => readEpochs({ channel: 'a', dir: dest }),
      () => fromChannel(definition, { dest }),
    ]) {
      const error = thrown(call);
      expect(error.code).toBe('INVALID_OPTION');
      expect(error.message).toMatch(
        /^Expected `(dest|dir)` to be .*, got `'.*'` \(string\)\. .*(pass|begin)/,
      );
    }
  });

  test('may look like a URL if its path begins with "./"', () => {
    expect(create({ dest: './s3://b/x' }).dest).toBe(join(process.cwd(), 's3:/b/x'));
  });
});

const definition = {
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/x' } },
};

describe('a file to read', () => {
  test('may be a file:// URL everywhere', async () => {
    scratch.files({ a: 'content' });
    const url = pathToFileURL(scratch.path('a')).href;
    for (const [index, each] of [url, fileSource(url)].entries()) {
      await using channel = create({ name: `c${index}`, source: each, epochs: 1 });
      await channel.start();
      expect((await readFifo(join(scratch.dest, `c${index}_0`))).toString()).toBe('content');
      await channel.finished();
    }
  });

  test.each(['https://host/x', 'gs://bucket/x', 'file:x'])('that is %s is refused at once', (path) => {
    expect(thrown(() => fileSource(path)).message).toMatch(/^Expected `path` to be /);
    expect(thrown(() => create({ source: path })).message).toMatch(/^Expected `source` to be /);
  });

  test('in S3 is for another source', () => {
    expect(thrown(() => fileSource('s3://bucket/x')).message).toContain('s3Source(uri)');
  });
});

describe('a signal', () => {
  /** As Jest's environment has them: of another realm, so that `instanceof AbortSignal` is false. */
  function signalOfAnotherRealm() {
    const context = createContext({ EventTarget, Event });
    const program = `
      class Signal extends EventTarget { aborted = false; reason = undefined; }
      const signal = new Signal();
      ({ signal, abort(reason) { signal.aborted = true; signal.reason = reason; signal.dispatchEvent(new Event('abort')); } })
    `;
    const made = new Script(program).runInContext(context) as {
      signal: AbortSignal;
      abort: (reason: unknown) => void;
    };
    expect(made.signal instanceof AbortSignal).toBe(false);
    return made;
  }

  test('of another realm stops a channel', async () => {
    const { signal, abort } = signalOfAnotherRealm();
    await using channel = create({ signal });
    await channel.start();
    const ended = rejection(channel.finished());
    abort('enough');
    expect(await ended).toMatchObject({ code: 'ABORTED', cause: 'enough' });
  });

  test('of another realm ends reading', async () => {
    const { signal, abort } = signalOfAnotherRealm();
    const epochs = readEpochs({ channel: 'train', dir: scratch.dest, signal })[Symbol.asyncIterator]();
    const ended = rejection(epochs.next());
    abort('enough');
    expect(await ended).toMatchObject({ code: 'ABORTED', cause: 'enough' });
  });

  test('of another realm ends the waiting for a reader', async () => {
    const { signal, abort } = signalOfAnotherRealm();
    const sink = new FifoSink({ path: scratch.path('fifo') });
    await sink.create();
    const opened = sink.opened({ signal });
    abort('enough');
    await expect(opened).rejects.toBe('enough');
    await sink.close();
  });

  const half = [
    { aborted: false },
    { addEventListener() {} },
    { aborted: false, addEventListener() {} },
    new EventTarget(),
  ];
  test.each(half)('that is half of one is refused by channel and reader', (signal) => {
    expect(thrown(() => create({ signal })).message).toMatch(/^Expected `signal` to be an AbortSignal/);
    const read = () => readEpochs({ channel: 'a', signal: signal as AbortSignal });
    expect(thrown(read).message).toMatch(/^Expected `signal` to be an AbortSignal/);
  });
});

describe('options', () => {
  test('are read once, when the channel is made', () => {
    let reads = 0;
    const options = {
      name: 'train',
      source,
      dest: scratch.dest,
      get epochs() {
        return ++reads;
      },
    };
    createChannel(options);
    expect(reads).toBe(1);
  });

  test('may be inherited, and may be a module', async () => {
    const defaults = { source, dest: scratch.dest };
    expect(
      createChannel(Object.create(defaults, { name: { value: 'a', enumerable: true } }) as never).name,
    ).toBe('a');
  });

  test('of a channel in a group may have its name, as fromChannel gives it', () => {
    const options = fromChannel(definition, { dest: scratch.dest });
    expect([...createChannels({ dest: scratch.dest, channels: { train: options } }).channels.keys()]).toEqual(
      ['train'],
    );
    const error = thrown(() => createChannels({ dest: scratch.dest, channels: { test: options } }));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toContain("`channels.test.name` to be 'test'");
  });

  test('transforms have to be made, not only named', async () => {
    const { gunzip } = await import('sagemaker-pipe-mode');
    const error = thrown(() => create({ transforms: [gunzip] }));
    expect(error.message).toMatch(/Call gunzip: it makes a transform\.$/);
  });
});

describe('what a source says in mid-epoch', () => {
  const open = () => ({
    parts: [{ path: '/etc/hostname', offset: 0, length: NaN }],
    async *[Symbol.asyncIterator]() {},
  });
  test.each<[string, object, string]>([
    ['NaN as the length of a part', { source: { objects: () => [{ key: 'a', open }] } }, '`parts[0].length`'],
    [
      'NaN as a size',
      { source: { objects: () => [{ key: 'a', size: NaN, open }] }, recordio: true },
      '`size`',
    ],
    [
      'NaN as the length of an index',
      {
        source: { objects: () => [], index: async () => ({ length: NaN, read: async function* () {} }) },
        shuffle: { seed: 1 },
      },
      '`index.length`',
    ],
  ])('%s fails the channel', async (_what, options, text) => {
    await using channel = create(options);
    const ended = rejection(channel.finished());
    await channel.start();
    const reading = readFifo(join(scratch.dest, 'train_0'));
    const error = await ended;
    expect(error.code).toMatch(/^(SOURCE_FAILED|INVALID_OPTION)$/);
    expect(error.message).toContain(text);
    expect(error.message).toContain('got `NaN` (number)');
    await channel.stop();
    expect((await reading).length).toBe(0);
  });
});
