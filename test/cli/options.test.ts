import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { noise, sha256 } from '../support/bytes.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { Command } from './command.js';
import { read, startReader } from './reader.js';

const scratch = useScratch();

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];

/** What one epoch of a channel streams, with these options. */
async function streamed(options: readonly string[], dest = scratch.dest): Promise<string> {
  await using command = new Command(['channel', 'train', scratch.dir, dest, '--epochs', '1', ...options]);
  const fifo = join(dest, 'train_0');
  await command.stdout.shows(/^ready /m);
  const { stdout } = await promisify(execFile)('cat', [fifo], { timeout: 20_000 });
  expect(await command.status()).toBe(0);
  return stdout;
}

test('--shuffle and --shard: every host its share of another order', async () => {
  scratch.files(Object.fromEntries(KEYS.map((key) => [key, key])));
  const first = await streamed(['--shuffle', '42', '--shard', '0/2']);
  const second = await streamed(['--shuffle', '42', '--shard', '1/2']);
  const all = await streamed(['--shuffle', '42', '--prefetch-bytes', '1MiB']);

  expect(first).toHaveLength(6);
  expect(Array.from(first + second).sort()).toEqual(KEYS);
  expect(all).not.toBe(KEYS.join(''));
  expect(Array.from(all).sort()).toEqual(KEYS);
  expect(all.replace(/(.)./g, '$1')).toBe(first);
});

test('--manifest: the objects that it lists', async () => {
  scratch.files({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
  writeFileSync(
    scratch.path('my.manifest'),
    JSON.stringify([{ prefix: `${scratch.dir}/` }, 'c.txt', 'a.txt']),
  );
  await using command = new Command([
    ...['channel', 'train', scratch.path('my.manifest'), scratch.dest, '--manifest', '--epochs', '1'],
  ]);
  const [epoch] = await read({ dir: scratch.dest, channel: 'train', epochs: 1 });

  expect(epoch!.sha256).toBe(sha256(Buffer.from('ca')));
  expect(await command.status()).toBe(0);
});

test('--augmented-manifest: the attributes of every line', async () => {
  scratch.files({ 'a.img': 'image a' });
  const lines = [{ 'image-ref': scratch.path('a.img'), label: 3, more: 'x' }];
  writeFileSync(scratch.path('my.manifest'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const options = ['--augmented-manifest', 'label, image-ref', '-r', '--epochs', '1'];
  await using command = new Command([
    ...['channel', 'train', scratch.path('my.manifest'), scratch.dest, ...options],
  ]);
  const [epoch] = await read({ dir: scratch.dest, channel: 'train', epochs: 1, recordio: true });

  expect(epoch).toMatchObject({ records: [1, 7], payloadSha256: sha256(Buffer.from('3image a')) });
  expect(await command.status()).toBe(0);
});

test.each(['File', 'FastFile'])('--input-mode %s: files that stay, until the next run', async (mode) => {
  const source = scratch.files({ 'a.txt': 'a', 'sub/b.txt': 'b' });
  const file = join(scratch.dest, 'train/sub/b.txt');
  for (const content of ['b', 'changed']) {
    writeFileSync(scratch.path('sub/b.txt'), content);
    await using command = new Command(['channel', 'train', source, scratch.dest, '--input-mode', mode]);

    expect(await command.status()).toBe(0);
    expect(command.stderr.text).toBe('');
    expect(command.stdout.lines.at(-2)).toBe(`ready channel=train path=${scratch.dest}/train`);
    expect(command.stdout.lines.at(-1)).toMatch(
      /^total channels=1 epochs=1 objects=2 bytes=\d durationMs=\d+$/,
    );
    expect(readFileSync(file, 'utf8')).toBe(content);
  }
});

test('--endpoint-url, --region and --profile say where S3 is, and who asks', async () => {
  await using server = await startS3Server({ region: 'eu-central-1' });
  server.createBucket('my-bucket');
  const data = noise(100_000);
  server.put('my-bucket', 'train/a', data);
  const { accessKeyId, secretAccessKey } = server.clientConfig.credentials;
  const credentials = `[lab]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  scratch.files({ credentials, config: '' });
  const { dest } = scratch;
  const options = ['--endpoint-url', server.endpoint, '--region', 'eu-central-1', '--profile', 'lab'];
  await using command = new Command(
    ['channel', 'train', 's3://my-bucket/train/', dest, '--epochs', '1', ...options],
    {
      AWS_SHARED_CREDENTIALS_FILE: scratch.path('credentials'),
      AWS_CONFIG_FILE: scratch.path('config'),
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_REGION: undefined,
    },
  );
  const [epoch] = await read({ dir: dest, channel: 'train', epochs: 1 });

  expect(epoch!.sha256).toBe(sha256(data));
  expect(await command.status()).toBe(0);
});

test('--open-timeout: fails if no reader comes', async () => {
  const source = scratch.files({ a: 'a' });
  await using command = new Command(['channel', 'train', source, scratch.dest, '--open-timeout', '0.2']);

  expect(await command.status()).toBe(1);
  expect(command.stderr.text).toMatch(/gave up \(--open-timeout 0\.2\).*\(READER_TIMEOUT\)\n$/);
  expect(existsSync(join(scratch.dest, 'train_0'))).toBe(false);
});

test('--stall-timeout: fails if the reader does not read', async () => {
  const source = scratch.files({ a: noise(8_000_000) });
  const { dest } = scratch;
  const options = ['--stall-timeout', '1', '--exit-on-failure'];
  await using command = new Command(['channel', 'train', source, dest, ...options]);
  const stalled = { chunkBytes: 1, delayMs: 600_000 };
  const reader = startReader({ dir: dest, channel: 'train', epochs: 1, ...stalled });

  expect(await command.status()).toBe(1);
  expect(command.stderr.text).toMatch(/gave up \(--stall-timeout 1\).*\(READER_STALLED\)\n$/);
  await reader.kill();
});

test('--json: one object per event, with what a program needs to know', async () => {
  const source = scratch.files({ 'train/a.gz': 'not gzip', 'validation/b': 'b' });
  const { dest } = scratch;
  const began = Date.now();
  await using command = new Command([
    'agent',
    source,
    dest,
    '--json',
    '--epochs',
    '1',
    '-x',
    '--exit-on-failure',
  ]);
  await command.stdout.shows(/"ready".*\n.*"ready"/);
  await read({ dir: dest, channel: 'train', epochs: 1 });

  expect(await command.status()).toBe(1);
  const events = command.stdout.lines.map((line) => JSON.parse(line));
  for (const { time } of events) {
    expect(new Date(time).toISOString()).toBe(time);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(began);
  }
  expect(events).toMatchObject([
    { event: 'ready', channel: 'train', path: `${dest}/train_0` },
    { event: 'ready', channel: 'validation', path: `${dest}/validation_0` },
    { event: 'epochStart', channel: 'train', epoch: 0, path: `${dest}/train_0` },
    {
      event: 'error',
      channel: 'train',
      epoch: 0,
      code: 'GZIP_INVALID',
      message: expect.stringContaining('a.gz'),
    },
    { event: 'stop', channel: 'validation' },
    { event: 'total', channels: 2, epochs: 0, objects: 0, bytes: 0 },
  ]);
  expect(command.stderr.text).toContain(events[3].message);
});
