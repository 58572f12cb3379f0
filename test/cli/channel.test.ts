import { execFile } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { noise, sha256 } from '../support/bytes.js';
import { fifosBelow } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { Command, commandFile } from './command.js';
import { read } from './reader.js';

const scratch = useScratch();

const large = noise(3_000_000);

describe('sagemaker-pipe channel', () => {
  test('streams so many epochs, and says so in plain lines', async () => {
    const source = scratch.files({ 'a.bin': large, 'b.txt': 'b', 'sub/c.txt': 'c' });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest, '--epochs', '3']);

    const epochs = await read({ dir: dest, channel: 'train', epochs: 3 });

    expect(await command.status()).toBe(0);
    expect(epochs.map(({ sha256 }) => sha256)).toEqual(Array(3).fill(sha256(large, Buffer.from('bc'))));
    expect(command.stdout.lines.map((line) => line.replace(/durationMs=\d+$/, 'durationMs=…'))).toEqual([
      `ready channel=train path=${dest}/train_0`,
      ...[0, 1, 2].flatMap((epoch) => [
        `epochStart channel=train epoch=${epoch} path=${dest}/train_${epoch}`,
        `epochEnd channel=train epoch=${epoch} outcome=complete objects=3 bytes=3000002 durationMs=…`,
      ]),
      'total channels=1 epochs=3 objects=9 bytes=9000006 durationMs=…',
    ]);
    expect(command.stderr.text).toBe('');
    expect(fifosBelow(dest)).toEqual([]);
  });

  test('inflates with -x and wraps into records with -r', async () => {
    const source = scratch.files({ 'a.gz': gzipSync(large), 'b.gz': gzipSync('b') });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest, '-x', '-r', '--epochs=1']);

    const [epoch] = await read({ dir: dest, channel: 'train', epochs: 1, recordio: true });

    expect(epoch).toMatchObject({
      records: [large.length, 1],
      payloadSha256: sha256(large, Buffer.from('b')),
    });
    expect(await command.status()).toBe(0);
  });

  test('says that a reader has left early, and goes on', async () => {
    const source = scratch.files({ a: large });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest, '--epochs', '2']);

    await read({ dir: dest, channel: 'train', epochs: 1, firstByteOnly: true });
    await command.stdout.shows(/^epochEnd channel=train epoch=0 outcome=closedEarly objects=0 /m);
    await read({ dir: dest, channel: 'train', epochs: 1, firstEpoch: 1 });

    expect(await command.status()).toBe(0);
  });

  test('streams without end by default', async () => {
    const source = scratch.files({ a: 'a' });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest]);

    await read({ dir: dest, channel: 'train', epochs: 25 });
    await command.stdout.shows(/^epochEnd channel=train epoch=24 outcome=complete /m);

    expect(await command.end('SIGTERM')).toBe(143);
    expect(command.stdout.lines.slice(-2)).toEqual([
      'stop channel=train',
      expect.stringMatching(/^total channels=1 epochs=25 objects=25 bytes=25 durationMs=\d+$/),
    ]);
  });

  test('goes on when nobody reads its output any more', async () => {
    const source = scratch.files({ a: 'a' });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest, '--epochs', '3']);
    await command.stdout.shows(/^ready /m);
    command.child.stdout!.destroy();

    const epochs = await read({ dir: dest, channel: 'train', epochs: 3 });

    expect(epochs).toMatchObject([{ bytes: 1 }, { bytes: 1 }, { bytes: 1 }]);
    expect(await command.status()).toBe(0);
    expect(command.stderr.text).toBe('');
  });

  test('tells on stderr what happens inside with --debug', async () => {
    const source = scratch.files({ a: 'a' });
    const { dest } = scratch;
    await using command = new Command(['channel', 'train', source, dest, '--debug', '--epochs', '1']);

    await read({ dir: dest, channel: 'train', epochs: 1 });

    expect(await command.status()).toBe(0);
    expect(command.stderr.text).toMatch(/sagemaker-pipe-mode:channel train: epoch 0: waiting → streaming/);
    expect(command.stdout.lines).toHaveLength(4);
  });

  test('quotes a path with anything unusual in it', async () => {
    const source = scratch.files({ a: 'a' });
    const dest = join(scratch.dest, 'two words\x1b[31m');
    await using command = new Command(['channel', 'train', source, dest]);
    await command.stdout.shows(/\n/);

    const path = `${dest.replace('\x1b', '\\u001b')}/train_0`;
    expect(command.stdout.lines).toEqual([`ready channel=train path="${path}"`]);
    expect(await command.end('SIGTERM')).toBe(143);
  });

  test('works in the background of a shell script', async () => {
    const source = scratch.files({ a: large });
    const { dest } = scratch;
    const script = `
      "$NODE" "$COMMAND" channel train "$SOURCE" "$DEST" --epochs 2 > "$DEST.log" &
      until [ -p "$DEST/train_0" ]; do sleep 0.05; done
      cat "$DEST/train_0" "$DEST/train_1" | wc -c
      wait $!
      echo "status $?"`;
    const env = { ...process.env, NODE: process.execPath, COMMAND: commandFile, SOURCE: source, DEST: dest };
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { env, timeout: 20_000 });

    expect(stdout.trim().split(/\s*\n/)).toEqual(['6000000', 'status 0']);
    expect(await text(createReadStream(`${dest}.log`))).toMatch(/epoch=1 outcome=complete/);
  });
});

describe('sagemaker-pipe agent', () => {
  test('streams every subdirectory as a channel', async () => {
    const source = scratch.files({
      'train/a': large,
      'train/b': 'b',
      'validation/c': 'c',
      'not-a-channel': '',
    });
    const { dest } = scratch;
    await using command = new Command(['agent', source, dest, '--epochs', '2']);

    const [validation, train] = await Promise.all([
      read({ dir: dest, channel: 'validation', epochs: 2 }),
      read({ dir: dest, channel: 'train', epochs: 2 }),
    ]);

    expect(train.map(({ sha256 }) => sha256)).toEqual(Array(2).fill(sha256(large, Buffer.from('b'))));
    expect(validation.map(({ sha256 }) => sha256)).toEqual(Array(2).fill(sha256(Buffer.from('c'))));
    expect(await command.status()).toBe(0);
    expect(command.stdout.lines.slice(0, 2)).toEqual([
      `ready channel=train path=${dest}/train_0`,
      `ready channel=validation path=${dest}/validation_0`,
    ]);
    expect(fifosBelow(dest)).toEqual([]);
  });

  test('refuses a directory without subdirectories', async () => {
    const source = scratch.files({ a: 'a' });
    await using command = new Command(['agent', source, scratch.dest]);

    expect(await command.status()).toBe(2);
    expect(command.stderr.text).toMatch(/Expected 1 to 20 channels.* found 0 .*\(INVALID_OPTION\)\nTry /);
    expect(existsSync(scratch.dest)).toBe(false);
  });

  test('starts no channel if one of them cannot be', async () => {
    const source = scratch.files({ 'train/a': 'a' });
    mkdirSync(join(source, 'validation'));
    await using command = new Command(['agent', source, scratch.dest]);

    expect(await command.status()).toBe(1);
    expect(command.stderr.text).toMatch(/^sagemaker-pipe: Channel "validation": .*\(SOURCE_EMPTY\)\n$/);
    expect(command.stdout.text).not.toContain('ready');
    expect(fifosBelow(scratch.dest)).toEqual([]);
  });
});
