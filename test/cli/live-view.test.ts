import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { fifosBelow } from '../support/leftovers.js';
import { startS3Server } from '../support/s3-server.js';
import { useScratch } from '../support/scratch.js';
import { read, startReader } from './reader.js';
import { Terminal } from './terminal.js';

/** The terminal gets a frame in pieces. */
const SOON = { timeout: 10_000 };

const scratch = useScratch();

const CTRL_C = '\x03';

describe('on a terminal', () => {
  test('shows who waits for whom, and a line for each epoch that is over', async () => {
    const source = scratch.files({ 'train/a': 'a', 'train/b': 'b', 'validation/c': 'c' });
    const { dest } = scratch;
    await using terminal = new Terminal(['agent', source, dest]);
    await terminal.shows(/^validation_0 .* of 1 B {2}waiting/);
    await terminal.shows(/^train_0 .* of 2 B {2}waiting/);

    await expect
      .poll(() => terminal.screen.lines.map((line) => line.replaceAll(/\s+/g, ' ')), SOON)
      .toEqual([
        `The FIFOs are in ${dest}. Ctrl-C stops.`,
        'FIFO epoch objects bytes',
        expect.stringMatching(/^train_0 1 of ∞ 0 0 of 2 B waiting( \d+ s)? for a reader$/),
        expect.stringMatching(/^validation_0 1 of ∞ 0 0 of 1 B waiting( \d+ s)? for a reader$/),
      ]);

    await read({ dir: dest, channel: 'train', epochs: 1 });
    await terminal.shows(/^train_1 +2 of ∞ .* waiting/);
    await expect.poll(() => terminal.screen.lines, SOON).toHaveLength(5);
    await expect
      .poll(() => terminal.screen.lines[1], SOON)
      .toMatch(/^train_0 complete: 2 objects, 2 B in .* \(.*B\/s\)$/);

    terminal.type(CTRL_C);
    expect(await terminal.status()).toBe(130);
    await expect
      .poll(() => terminal.screen.lines.slice(2), SOON)
      .toEqual([expect.stringMatching(/^total: 2 channels, 1 epoch over, 2 objects, 2 B in .* \(.*B\/s\)$/)]);
    expect(fifosBelow(dest)).toEqual([]);
  });

  test('shows all there is to know of two channels on 80 columns', async () => {
    const source = scratch.files({ 'train/a': 'abc', 'validation/b': randomBytes(80_000_000) });
    const { dest } = scratch;
    const options = ['--epochs', '3'];
    await using terminal = new Terminal(['agent', source, dest, ...options], { columns: 80 });
    const reader = startReader({
      dir: dest,
      channel: 'validation',
      epochs: 1,
      chunkBytes: 50_000,
      delayMs: 50,
    });

    await terminal.shows(/^train_0 {7}1 of 3 {8}0 {8}0 of 3 B {2}waiting \d+ s for a reader$/);
    await terminal.shows(
      /^validation_0 {2}1 of 3 {8}0  +\d\.\d of 80\.0 MB {2}\d+\.\d [kM]B\/s, limited by the reader$/,
    );
    expect(terminal.screen.hasWrapped).toBe(false);
    await reader.kill();
    await terminal.shows(/^validation_1 {2}2 of 3 /);
  });

  test('says from the first moment what it lists, and for how long', async () => {
    await using server = await startS3Server();
    server.createBucket('my-bucket');
    server.put('my-bucket', 'train/a', 'a');
    server.faults.add({ operation: 'ListObjectsV2', fault: { kind: 'stall', afterBytes: 0 } });
    const { accessKeyId, secretAccessKey } = server.clientConfig.credentials;
    const args = [
      'channel',
      'train',
      's3://my-bucket/train/',
      scratch.dest,
      '--endpoint-url',
      server.endpoint,
    ];
    await using terminal = new Terminal(args, {
      env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, NODE_NO_WARNINGS: '1' },
    });

    await terminal.shows(/^train_0 .* listing: s3:\/\/my-bucket\/train\/$/);
    await terminal.shows(/^train_0 .* listing for 2 s: s3:\/\/my-bucket\/train\/$/);
    expect(terminal.output.text).not.toContain('Ctrl-C stops');
    terminal.type(CTRL_C);
    expect(await terminal.status()).toBe(130);
  });

  test('sums up all channels at the end', async () => {
    const source = scratch.files({ 'train/a': 'abc', 'validation/b': 'de' });
    const { dest } = scratch;
    await using terminal = new Terminal(['agent', source, dest, '--epochs', '2']);
    await read({ dir: dest, channel: 'train', epochs: 2 });
    await read({ dir: dest, channel: 'validation', epochs: 2 });

    expect(await terminal.status()).toBe(0);
    expect(terminal.screen.lines.at(-1)).toMatch(
      /^total: 2 channels, 4 epochs over, 4 objects, 10 B in [\d.]+ m?s \(.*B\/s\)$/,
    );
  });

  test('breaks messages between words, and leaves long words whole', async () => {
    const source = scratch.files({ 'train/a': 'not gzip' });
    const { dest } = scratch;
    await using terminal = new Terminal(['channel', 'train', `${source}/train`, dest, '-x'], { columns: 40 });
    const reader = startReader({ dir: dest, channel: 'train', epochs: 1 });
    await terminal.shows(/^train_0 .*failed/);
    await reader.kill();
    expect(await terminal.status()).toBe(1);

    const message = terminal.screen.lines.slice(
      terminal.screen.lines.findIndex((line) => line.startsWith('sagemaker')),
    );
    expect(message.length).toBeGreaterThan(4);
    const words = new Set(message.join('\n').split(/\s+/));
    for (const word of ['Channel', '"train",', '(GZIP_INVALID)', 'holding', 'reader', 'epoch.', 'Ctrl-C']) {
      expect(words).toContain(word);
    }
  });

  test('shows a reader that has stopped reading, and where it was stopped', async () => {
    const source = scratch.files({ a: randomBytes(8_000_000) });
    const { dest } = scratch;
    await using terminal = new Terminal(['channel', 'train', source, dest]);
    const reader = startReader({
      dir: dest,
      channel: 'train',
      epochs: 1,
      chunkBytes: 1,
      delayMs: 600_000,
    });
    await terminal.shows(/^train_0 .* reader has not read for \d+ s$/);
    await reader.kill();
    await terminal.shows(/^train_0 closed early by the reader: 0 objects/);
  });

  test('comes to its end with nothing but the lines that stay', async () => {
    const source = scratch.files({ a: 'abc' });
    const { dest } = scratch;
    await using terminal = new Terminal(['channel', 'train', source, dest, '--epochs', '1']);
    await read({ dir: dest, channel: 'train', epochs: 1 });

    expect(await terminal.status()).toBe(0);
    await expect
      .poll(() => terminal.screen.lines, SOON)
      .toEqual([
        `The FIFOs are in ${dest}. Ctrl-C stops.`,
        expect.stringMatching(/^train_0 complete: 1 object, 3 B in /),
      ]);
  });

  test('shows a failure above the lines that go on', async () => {
    const source = scratch.files({ 'bad/a': 'not gzip', 'train/a': gzipSync('a') });
    const { dest } = scratch;
    await using terminal = new Terminal(['agent', source, dest, '-x'], { columns: 1000 });
    const reader = startReader({ dir: dest, channel: 'bad', epochs: 1 });
    await terminal.shows(/^sagemaker-pipe: holding /);
    await terminal.shows(/^bad_0 .* failed; its FIFO is held open$/);

    await expect
      .poll(() => terminal.screen.lines, SOON)
      .toEqual([
        expect.stringMatching(/^The FIFOs are in /),
        expect.stringMatching(/^sagemaker-pipe: Channel "bad", epoch 0: .* \(GZIP_INVALID\)$/),
        expect.stringMatching(/^sagemaker-pipe: holding /),
        expect.stringMatching(/^FIFO /),
        expect.stringMatching(/^bad_0 /),
        expect.stringMatching(/^train_0 .* waiting( \d+ s)? for a reader$/),
      ]);
    terminal.type(CTRL_C);
    expect(await terminal.status()).toBe(1);
    await reader.finished();
  });

  test.each([60, 40, 20, 5])('never wraps a line on a terminal %i columns wide', async (columns) => {
    const source = scratch.files({ 'train/a': 'a', 'validation-of-a-long-name/c': 'c' });
    await using terminal = new Terminal(['agent', source, scratch.dest], { columns });
    await terminal.shows(/^val/);
    const [train, validation] = terminal.screen.lines.slice(-2);

    expect(train!.length).toBeLessThanOrEqual(columns);
    expect(validation!.length).toBeLessThanOrEqual(columns);
    expect(train).toMatch(/^trai/);
    terminal.type(CTRL_C);
    expect(await terminal.status()).toBe(130);
  });

  test('shows as many channels as a low terminal has room for', async () => {
    const source = scratch.files(
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((c) => [`${c}/x`, 'x'])),
    );
    await using terminal = new Terminal(['agent', source, scratch.dest], { rows: 4 });
    await terminal.shows(/^and 4 more channels$/);

    await expect
      .poll(() => terminal.screen.lines.slice(-3).map(([first]) => first), SOON)
      .toEqual(['a', 'b', 'a']);
  });

  test('has colours, but not with NO_COLOR', async () => {
    const source = scratch.files({ a: 'a' });
    await using coloured = new Terminal(['channel', 'train', source, scratch.dest]);
    await coloured.shows(/waiting for a reader|waiting 1 s/);
    expect(coloured.output.text).toContain('\x1b[33mwaiting');

    const env = { NO_COLOR: '1' };
    await using plain = new Terminal(['channel', 'test', source, scratch.dest], { env });
    await plain.shows(/waiting for a reader|waiting 1 s/);
    expect(plain.output.text).not.toContain('\x1b[33m');
  });
});

test.each([
  ['with --debug', ['--debug'], {}],
  ['in CI', [], { CI: 'true' }],
  ['on a terminal that can do nothing', [], { TERM: 'dumb' }],
])('plain lines %s', async (_when, options, env) => {
  const source = scratch.files({ a: 'a' });
  await using terminal = new Terminal(['channel', 'train', source, scratch.dest, ...options], {
    env,
  });
  await terminal.shows(/^ready channel=train path=/);
  terminal.type(CTRL_C);

  expect(await terminal.status()).toBe(130);
  expect(terminal.screen.lines.at(-1)).toMatch(/stop channel=train$/);
  expect(terminal.output.text).not.toContain('\x1b[?2026h');
});
