import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createChannel, createChannels, type PipeModeError, type Source } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
const SIGNAL_MS = 700;

/** Yields an object, and then nothing. */
const stuck: Source = {
  async *objects() {
    yield {
      key: 'first',
      open: async function* () {
        yield Buffer.from('abc');
      },
    };
    await new Promise(() => undefined);
  },
};

const memory = () => [{ key: 'a', body: noise(4 * MIB) }];

describe('a channel that its signal stops says what it was doing', () => {
  test('nobody opened the FIFO', async () => {
    const { dest } = scratch;
    await using channel = createChannel({
      name: 'train',
      source: memory(),
      dest,
      signal: AbortSignal.timeout(SIGNAL_MS),
    });
    await channel.start();
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'ABORTED', epoch: 0, path: join(dest, 'train_0') });
    expect(error.message).toMatch(
      /aborted: it had waited \d\.\d s for a reader to open \/.*\/train_0 \(epoch 0\)\. Nobody has it open\./,
    );
    expect(error.stats).toMatchObject({ state: 'waiting', waitingFor: 'reader', epoch: 0, epochBytes: 0 });
    expect(error.stats!.waitingMs).toBeGreaterThan(SIGNAL_MS / 2);
  });

  test('somebody has another FIFO open', async () => {
    const { dest } = scratch;
    await using channel = createChannel({
      name: 'train',
      source: memory(),
      dest,
      signal: AbortSignal.timeout(SIGNAL_MS),
    });
    await channel.start();
    execFileSync('mkfifo', [join(dest, 'training_0')]);
    const other = openSync(join(dest, 'training_0'), constants.O_RDONLY | constants.O_NONBLOCK);
    const { message } = await rejection(channel.finished());
    closeSync(other);
    unlinkSync(join(dest, 'training_0'));
    expect(message).toContain(
      'Nobody has it open; this process has training_0 open. Do both mean the same channel and epoch?',
    );
  });

  test('the reader did not read', async () => {
    const { dest } = scratch;
    await using channel = createChannel({
      name: 'train',
      source: memory(),
      dest,
      signal: AbortSignal.timeout(SIGNAL_MS + 500),
    });
    await channel.start();
    const reader = spawn(
      'sh',
      ['-c', `exec 3<"$0"; head -c 100000 <&3 >/dev/null; sleep 20`, join(dest, 'train_0')],
      { stdio: 'ignore' },
    );
    const { message, stats } = await rejection(channel.finished());
    reader.kill('SIGKILL');
    await once(reader, 'exit');
    expect(message).toMatch(
      /it had waited \d\.\d s for the reader of \/.*\/train_0 \(epoch 0\) to read on, after [\d,]+ bytes .*: process \d+ \(.*sh.*\) has it open\./,
    );
    expect(stats).toMatchObject({ state: 'streaming', waitingFor: 'reader' });
  });

  test('the source delivered nothing', async () => {
    const { dest } = scratch;
    await using channel = createChannel({
      name: 'train',
      source: stuck,
      dest,
      signal: AbortSignal.timeout(SIGNAL_MS),
    });
    await channel.start();
    using probe = await probeEpoch(channel);
    const { message, stats } = await rejection(channel.finished());
    expect(message).toMatch(
      /it had waited \d\.\d s for the source, in epoch 0, after 1 object, the last of them "first" and 3 bytes\./,
    );
    expect(stats).toMatchObject({ state: 'streaming', waitingFor: 'source', epochObjects: 1 });
    expect(probe.available().bytes.toString()).toBe('abc');
  });
});

describe('limits', () => {
  test('openTimeoutMs', async () => {
    await using channel = createChannel({
      name: 'train',
      source: memory(),
      dest: scratch.dest,
      openTimeoutMs: 300,
    });
    const began = performance.now();
    await channel.start();
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'READER_TIMEOUT', channel: 'train', epoch: 0 });
    expect(error.message).toContain(
      'has waited longer than `openTimeoutMs: 300` allows: it had waited 0.3 s for a reader to open',
    );
    expect(performance.now() - began).toBeLessThan(2000);
    expect(channel.state).toBe('failed');
  });

  test('stallTimeoutMs, of a reader: it is held, and sees no end before stop()', async () => {
    await using channel = createChannel({
      name: 'train',
      source: memory(),
      dest: scratch.dest,
      epochs: 1,
      stallTimeoutMs: 400,
    });
    await channel.start();
    using probe = await probeEpoch(channel);
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'READER_STALLED', channel: 'train', epoch: 0 });
    let held = probe.available();
    expect(held.end).toBe('held');
    await delay(100); // nothing goes on behind its back, and ends the epoch
    held = probe.available();
    expect(held.end).toBe('held');
    await channel.stop();
    expect(probe.available().end).toBe('closed');
  });

  test('stallTimeoutMs, of a source in mid-epoch', async () => {
    await using channel = createChannel({
      name: 'train',
      source: stuck,
      dest: scratch.dest,
      stallTimeoutMs: 400,
    });
    await channel.start();
    using probe = await probeEpoch(channel);
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', channel: 'train', epoch: 0 });
    expect(probe.available()).toEqual({ bytes: Buffer.from('abc'), end: 'held' });
  });

  test('stallTimeoutMs, of a source that is looked at', async () => {
    const source = { ...stuck, check: () => new Promise<void>(() => undefined) };
    await using channel = createChannel({ name: 'train', source, dest: scratch.dest, stallTimeoutMs: 300 });
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', channel: 'train' });
  });

  test('nothing fails that moves, however slowly', async () => {
    await using channel = createChannel({
      name: 'train',
      source: memory(),
      dest: scratch.dest,
      epochs: 2,
      openTimeoutMs: 1500,
      stallTimeoutMs: 1500,
    });
    await channel.start();
    for (const epoch of [0, 1]) {
      await delay(400);
      using probe = await probeEpoch(channel, epoch);
      for (let left = 4 * MIB; left > 0; left -= MIB) {
        await probe.read(MIB);
        await delay(400);
      }
      await probe.rest();
    }
    await channel.finished();
  });

  test('a group passes them on', async () => {
    await using group = createChannels({
      channels: { train: { source: memory() } },
      dest: scratch.dest,
      openTimeoutMs: 200,
    });
    await group.start();
    const error: PipeModeError = await rejection(group.finished());
    expect(error).toMatchObject({ code: 'READER_TIMEOUT', channel: 'train' });
  });
});
