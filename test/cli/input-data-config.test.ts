import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { sha256 } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';
import { Command } from './command.js';
import { read } from './reader.js';

const scratch = useScratch();

/** A channel as AWS describes it. */
function channel(name: string, rest: object = {}) {
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: scratch.path(name) };
  return { ChannelName: name, DataSource: { S3DataSource }, ...rest };
}

function write(name: string, document: unknown): string {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  writeFileSync(scratch.path(name), text);
  return scratch.path(name);
}

test('streams the channels of a request for a training job, in JSON', async () => {
  scratch.files({ 'train/a.gz': gzipSync('train'), 'validation/b': 'validation', 'model/c': 'model' });
  const file = write('job.json', {
    TrainingJobName: 'demo',
    AlgorithmSpecification: { TrainingInputMode: 'Pipe' },
    InputDataConfig: [
      channel('train', { CompressionType: 'Gzip', RecordWrapperType: 'RecordIO' }),
      channel('validation'),
      channel('model', { InputMode: 'File' }),
    ],
  });
  const { dest } = scratch;
  await using command = new Command(['input-data-config', file, dest, '--epochs', '2']);

  const [train, validation] = await Promise.all([
    read({ dir: dest, channel: 'train', epochs: 2, recordio: true }),
    read({ dir: dest, channel: 'validation', epochs: 2 }),
  ]);

  expect(train).toMatchObject([{ records: [5] }, { records: [5] }]);
  expect(validation.map((epoch) => epoch.sha256)).toEqual(Array(2).fill(sha256(Buffer.from('validation'))));
  expect(await command.status()).toBe(0);
  expect(readFileSync(join(dest, 'model/c'), 'utf8')).toBe('model');
});

test('streams one channel of a list in YAML, and a share of it', async () => {
  scratch.files({ 'train/a': 'a', 'train/b': 'b', 'train/c': 'c' });
  const file = write(
    'channels.yaml',
    `
# InputDataConfig as it stands in a pipeline's definition
- ChannelName: train
  DataSource:
    S3DataSource:
      S3DataType: S3Prefix
      S3Uri: ${scratch.path('train')}
      S3DataDistributionType: ShardedByS3Key
- ChannelName: not-there
  DataSource: { S3DataSource: { S3DataType: S3Prefix, S3Uri: s3://my-bucket/x } }
`,
  );
  const { dest } = scratch;
  const options = ['--channel', 'train', '--epochs', '1', '--shard', '1/2'];
  await using command = new Command(['input-data-config', file, dest, ...options]);
  const [epoch] = await read({ dir: dest, channel: 'train', epochs: 1 });

  expect(epoch!.sha256).toBe(sha256(Buffer.from('b')));
  expect(await command.status()).toBe(0);
});

test("the job's TrainingInputMode counts, unless --input-mode says something else", async () => {
  scratch.files({ 'train/a': 'a' });
  const file = write('job.json', {
    AlgorithmSpecification: { TrainingInputMode: 'File' },
    InputDataConfig: [channel('train')],
  });
  await using files = new Command(['input-data-config', file, scratch.dest]);
  expect(await files.status()).toBe(0);
  expect(readFileSync(join(scratch.dest, 'train/a'), 'utf8')).toBe('a');

  const options = ['--input-mode', 'Pipe', '--epochs', '1'];
  await using pipes = new Command(['input-data-config', file, `${scratch.dest}/other`, ...options]);
  const [epoch] = await read({ dir: `${scratch.dest}/other`, channel: 'train', epochs: 1 });
  expect(epoch!.bytes).toBe(1);
  expect(await pipes.status()).toBe(0);
});

test.each<[string, string, unknown, readonly string[], RegExp]>([
  ['a document without it', 'a.json', {}, [], /InputDataConfig is not there in .*a\.json/],
  ['another thing', 'a.json', { InputDataConfig: 'x' }, [], /InputDataConfig is no list of channels in /],
  ['an empty list', 'a.json', [], [], /The list of channels is empty in .*Expected a list of channels/],
  ['incorrect JSON', 'a.json', '{', [], /a\.json is not correct JSON: /],
  ['incorrect YAML', 'a.yaml', 'a: [', [], /a\.yaml is not correct YAML: .* line 1/],
  [
    'a channel that AWS would refuse',
    'a.json',
    [{ ChannelName: 'train' }],
    [],
    /DataSource is required.*\(INVALID_CHANNEL\)/,
  ],
  [
    'a misspelt mode',
    'a.json',
    { AlgorithmSpecification: { TrainingInputMode: 'pipe' }, InputDataConfig: [{}] },
    [],
    /inputMode.*INVALID_OPTION/,
  ],
  [
    'a channel that is not there',
    'a.yaml',
    '- ChannelName: train',
    ['--channel', 'test'],
    /no channel "test"\. Its channels are train/,
  ],
])('%s: says what is expected, status 2', async (_what, name, document, options, message) => {
  const file = write(name, document);
  await using command = new Command(['input-data-config', file, scratch.dest, ...options]);

  expect(await command.status()).toBe(2);
  expect(command.stdout.text).toBe('');
  expect(command.stderr.text).toMatch(/^sagemaker-pipe: .*\nTry "sagemaker-pipe --help"\.\n$/);
  expect(command.stderr.text).toMatch(message);
});

test('two channels of one name, and a document that is not there: status 2', async () => {
  scratch.files({ 'train/a': 'a' });
  const file = write('twice.json', [channel('train'), channel('train')]);
  await using twice = new Command(['input-data-config', file, scratch.dest]);
  expect(await twice.status()).toBe(2);
  expect(twice.stderr.text).toContain('two channels named "train"');

  await using missing = new Command(['input-data-config', scratch.path('nowhere.json'), scratch.dest]);
  expect(await missing.status()).toBe(2);
  expect(missing.stderr.text).toMatch(/nowhere\.json cannot be read: ENOENT/);
});
