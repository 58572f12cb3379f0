import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import {
  type ChannelOptions,
  createChannel,
  createChannels,
  type PipeModeError,
  type Source,
} from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { rejection } from '../support/expected-errors.js';
import { canHang, hangingDirectory } from '../support/hanging-directory.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
const SIGNAL_MS = 700;

const memory = () => [{ key: 'a', body: noise(4 * MIB) }];

function train(options: Partial<ChannelOptions>) {
  return createChannel({ name: 'train', source: memory(), dest: scratch.dest, ...options });
}

function bodyOf(text: string) {
  return async function* () {
    yield Buffer.from(text);
  };
}

/** An object whose body is its key. */
function sourceOf(key: string): Source {
  return { objects: () => [{ key, open: bodyOf(key) }] };
}

/** Yields an object, and then nothing. */
function stuckAfter(key: string): Source {
  return {
    async *objects() {
      yield { key, open: bodyOf('abc') };
      await new Promise(() => undefined);
    },
  };
}

describe('a channel that its signal stops says what it was doing', () => {
  test('nobody opened the FIFO', async () => {
    const { dest } = scratch;
    await using channel = train({ signal: AbortSignal.timeout(SIGNAL_MS) });
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
    await using channel = train({ signal: AbortSignal.timeout(SIGNAL_MS) });
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
    await using channel = train({ signal: AbortSignal.timeout(SIGNAL_MS + 500) });
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
      /it had waited \d\.\d s for the reader of \/.*\/train_0 \(epoch 0\) to read on, after writing [\d,]+ bytes \(some may still be in the pipe\): process \d+ \(sh\) has it open\./,
    );
    expect(stats).toMatchObject({ state: 'streaming', waitingFor: 'reader' });
  });

  test('a file that is no FIFO is nobody’s epoch', async () => {
    const { dest } = scratch;
    await using channel = train({ openTimeoutMs: 300 });
    await channel.start();
    writeFileSync(join(dest, 'notes.txt'), 'notes');
    const open = openSync(join(dest, 'notes.txt'), 'r');
    const { message } = await rejection(channel.finished());
    closeSync(open);
    expect(message).toContain('Nobody has it open. Beside it: notes.txt.');
  });

  test('keys are shown, and not obeyed by a terminal', async () => {
    await using channel = train({ source: stuckAfter('a\x1b[2J\n'), stallTimeoutMs: 300 });
    await channel.start();
    using probe = await probeEpoch(channel);
    const { message } = await rejection(channel.finished());
    expect(message).toContain('"a\\x1b[2J\\x0a"');
    probe.available();
  });

  test('the source stopped in the middle of an object', async () => {
    const open = async function* () {
      yield Buffer.from('b');
      await new Promise(() => undefined);
    };
    const source: Source = {
      objects: () => [
        { key: 'a', open: bodyOf('a') },
        { key: 'b', open },
      ],
    };
    await using channel = train({ source, stallTimeoutMs: 300 });
    await channel.start();
    using probe = await probeEpoch(channel);
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', key: 'b' });
    expect(error.message).toContain(
      'for the source to go on with "b", in epoch 0, after 1 object (the last one was "a") and 2 bytes. Does it',
    );
    probe.available();
  });

  test('the reader of the epoch before has gone', async () => {
    await using channel = train({ openTimeoutMs: 400 });
    await channel.start();
    {
      using probe = await probeEpoch(channel);
      await probe.rest();
    }
    const { message, epoch } = await rejection(channel.finished());
    expect(epoch).toBe(1);
    expect(message).toContain(
      'The reader of epoch 0 has gone, and nobody has come since. If the algorithm reads no more epochs, give the channel `epochs: 1`',
    );
  });

  test('the reader is with another channel of the group', async () => {
    await using group = createChannels({
      channels: { a: { source: memory() }, b: { source: memory(), openTimeoutMs: 400 } },
      dest: scratch.dest,
    });
    group.on('error', () => undefined);
    await group.start();
    using probe = await probeEpoch(group.channels.get('a')!);
    const { message } = await rejection(group.channels.get('b')!.finished());
    expect(message).toContain(
      'Nobody has it open; this process has a_0 open, and may not have come to this one yet.',
    );
    probe.available();
  });

  test('the source delivered nothing', async () => {
    await using channel = train({ source: stuckAfter('first'), signal: AbortSignal.timeout(SIGNAL_MS) });
    await channel.start();
    using probe = await probeEpoch(channel);
    const { message, stats } = await rejection(channel.finished());
    expect(message).toMatch(
      /it had waited \d\.\d s for the source to give its next object, in epoch 0, after 1 object \(the last one was "first"\) and 3 bytes\./,
    );
    expect(stats).toMatchObject({ state: 'streaming', waitingFor: 'source', epochObjects: 1 });
    expect(probe.available().bytes.toString()).toBe('abc');
  });
});

describe('limits', () => {
  test('openTimeoutMs', async () => {
    await using channel = train({ openTimeoutMs: 300 });
    const began = performance.now();
    await channel.start();
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'READER_TIMEOUT', channel: 'train', epoch: 0 });
    expect(error.message).toMatch(
      /^Channel "train", epoch 0, gave up \(openTimeoutMs: 300\): it had waited \d\.\d s for a reader to open /,
    );
    // Its own FIFOs are no news.
    expect(error.message).toContain(
      'Nobody has it open. Does the algorithm open exactly this path: directory, channel and epoch?',
    );
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(channel.state).toBe('failed');
  });

  test('stallTimeoutMs, of a reader: it is held, and sees no end before stop()', async () => {
    await using channel = train({ epochs: 1, stallTimeoutMs: 400 });
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
    await using channel = train({ source: stuckAfter('first'), stallTimeoutMs: 400 });
    await channel.start();
    using probe = await probeEpoch(channel);
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', channel: 'train', epoch: 0 });
    expect(probe.available()).toEqual({ bytes: Buffer.from('abc'), end: 'held' });
  });

  test.runIf(canHang)('stallTimeoutMs, of a directory on a disk that does not answer', async () => {
    scratch.files({ 'a.txt': 'abc' });
    await using directory = await hangingDirectory(scratch.path('b'));
    await using channel = train({ source: scratch.dir, stallTimeoutMs: 400 });
    await channel.start();
    await directory.hang();
    using probe = await probeEpoch(channel);
    const error = await rejection(channel.finished());
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', channel: 'train', epoch: 0 });
    expect(probe.available().end).toBe('held');
    await directory.release();
  });

  test('stallTimeoutMs, of a source that is looked at', async () => {
    const source = { ...stuckAfter('first'), check: () => new Promise<void>(() => undefined) };
    await using channel = train({ source, stallTimeoutMs: 300 });
    const error = await rejection(channel.start());
    expect(error).toMatchObject({ code: 'SOURCE_STALLED', channel: 'train' });
  });

  test('nothing fails that moves, however slowly', async () => {
    await using channel = train({ epochs: 2, openTimeoutMs: 1500, stallTimeoutMs: 1500 });
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

  test.each([undefined, false])(
    'a reader that reads a little at a time is not stalled, zeroCopy %s',
    async (zeroCopy) => {
      await using channel = train({ epochs: 1, stallTimeoutMs: 1500, zeroCopy });
      await channel.start();
      using probe = await probeEpoch(channel);
      // A page at a time: otherwise the kernel has no room for what is written next.
      for (let i = 0; i < 10; i++) {
        await probe.read(4096);
        await delay(300);
      }
      await probe.rest();
      await channel.finished();
    },
  );

  test.each([
    ['File mode', { inputMode: 'File' }],
    ['a record of unknown length', { recordio: true, epochs: 1 }],
  ] as const)('a source that delivers a little at a time is not stalled: %s', async (_what, options) => {
    const slow = async function* () {
      for (let i = 0; i < 10; i++) {
        yield Buffer.from('x');
        await delay(300);
      }
    };
    const source: Source = { objects: () => [{ key: 'slow', open: slow }] };
    await using channel = train({ source, stallTimeoutMs: 1500, ...options });
    await channel.start();
    if ('recordio' in options) {
      using probe = await probeEpoch(channel);
      expect(await probe.rest()).toHaveLength(20);
    }
    await channel.finished();
  });

  test('the time to open begins when all channels of a group can be opened, and ends with their files', async () => {
    const slow = { ...sourceOf('b'), check: () => delay(1500) };
    await using group = createChannels({
      channels: {
        files: { source: memory(), inputMode: 'File', stallTimeoutMs: 700 },
        pipe: { source: memory(), openTimeoutMs: 700 },
        slow: { source: slow },
      },
      dest: scratch.dest,
    });
    const errors: PipeModeError[] = [];
    group.on('error', (error) => errors.push(error));
    await group.start();
    using probe = await probeEpoch(group.channels.get('pipe')!);
    await probe.read(1);
    expect(errors).toEqual([]);
    expect(group.channels.get('files')!.state).toBe('finished');
  });

  test('a source that takes its time to close is not a reader that does not read', async () => {
    const source = { ...sourceOf('a'), close: () => delay(900) };
    await using channel = train({ source, epochs: 1, stallTimeoutMs: 400 });
    await channel.start();
    using probe = await probeEpoch(channel);
    await probe.rest();
    await channel.finished();
    expect(channel.state).toBe('finished');
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
