import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { fifosBelow } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { read, startReader } from './reader.js';
import { Terminal } from './terminal.js';

const scratch = useScratch();

const CTRL_C = '\x03';

describe('on a terminal', () => {
  test('shows who waits for whom, and a line for each epoch that is over', async () => {
    const source = scratch.files({ 'train/a': 'a', 'train/b': 'b', 'validation/c': 'c' });
    const { dest } = scratch;
    await using terminal = new Terminal(['agent', source, dest]);
    await terminal.shows(/waiting for a reader to open …\/validation_0/);

    expect(terminal.screen.lines.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
      `The FIFOs are in ${dest}. Ctrl-C stops.`,
      'train epoch 0 0 objects 0 B waiting for a reader to open …/train_0',
      'validation epoch 0 0 objects 0 B waiting for a reader to open …/validation_0',
    ]);

    await read({ dir: dest, channel: 'train', epochs: 1 });
    await terminal.shows(/waiting for a reader to open …\/train_1/);
    expect(terminal.screen.lines).toHaveLength(4);
    expect(terminal.screen.lines[1]).toMatch(/^train: epoch 0 complete: 2 objects, 2 B in .* \(.*B\/s\)$/);

    terminal.type(CTRL_C);
    expect(await terminal.status()).toBe(130);
    expect(terminal.screen.lines).toHaveLength(2);
    expect(fifosBelow(dest)).toEqual([]);
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
    await terminal.shows(/^train {2}epoch 0 .* waiting for the reader to read on$/);
    await reader.kill();
    await terminal.shows(/^train: epoch 0 closed early by the reader: 0 objects/);
  });

  test('comes to its end with nothing but the lines that stay', async () => {
    const source = scratch.files({ a: 'abc' });
    const { dest } = scratch;
    await using terminal = new Terminal(['channel', 'train', source, dest, '--epochs', '1']);
    await read({ dir: dest, channel: 'train', epochs: 1 });

    expect(await terminal.status()).toBe(0);
    expect(terminal.screen.lines).toEqual([
      `The FIFOs are in ${dest}. Ctrl-C stops.`,
      expect.stringMatching(/^train: epoch 0 complete: 1 object, 3 B in /),
    ]);
  });

  test('shows a failure above the lines that go on', async () => {
    const source = scratch.files({ 'bad/a': 'not gzip', 'train/a': gzipSync('a') });
    const { dest } = scratch;
    await using terminal = new Terminal(['agent', source, dest, '-x'], { columns: 1000 });
    const reader = startReader({ dir: dest, channel: 'bad', epochs: 1 });
    await terminal.shows(/^bad .* failed; its FIFO is held open$/);

    expect(terminal.screen.lines).toEqual([
      expect.stringMatching(/^The FIFOs are in /),
      expect.stringMatching(/^sagemaker-pipe: Channel "bad", epoch 0: .* \(GZIP_INVALID\)$/),
      expect.stringMatching(/^sagemaker-pipe: holding /),
      expect.stringMatching(/^bad /),
      expect.stringMatching(/^train .* waiting for a reader to open …\/train_0$/),
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

    expect(terminal.screen.lines.slice(1).map(([first]) => first)).toEqual(['a', 'b', 'a']);
  });

  test('has colours, but not with NO_COLOR', async () => {
    const source = scratch.files({ a: 'a' });
    await using coloured = new Terminal(['channel', 'train', source, scratch.dest]);
    await coloured.shows(/waiting for a reader/);
    expect(coloured.output.text).toContain('\x1b[33mwaiting for a reader');

    const env = { NO_COLOR: '1' };
    await using plain = new Terminal(['channel', 'test', source, scratch.dest], { env });
    await plain.shows(/waiting for a reader/);
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
