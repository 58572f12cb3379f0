import { execFileSync } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type Channel, createChannel, type PipeModeError } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise, recordOf } from '../support/bytes.js';
import { next } from '../support/record-events.js';
import { replaceWithOldTime, rewriteWithOldTime } from '../support/old-time.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
/** What fits into a pipe, with a header. */
const HELD_BYTES = process.env['SAGEMAKER_PIPE_MODE_ZERO_COPY'] === '0' ? 50_000 : MIB - 10_000;

const changes: [string, (path: string) => void][] = [
  ['written over in place', overwrite],
  ['truncated', (path) => truncateSync(path, 10)],
  ['written over through a mapping', writeThroughMapping],
  ['written over with its old time', rewriteWithOldTime],
  ['replaced by one with its old time', replaceWithOldTime],
];

function overwrite(path: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(100_000, 'x'), 0, 100_000, 500);
  closeSync(fd);
}

function writeThroughMapping(path: string): void {
  const program =
    'import mmap, sys; f = open(sys.argv[1], "r+b"); m = mmap.mmap(f.fileno(), 0); m[:9000] = b"x" * 9000; m.flush()';
  execFileSync('python3', ['-c', program, path]);
}

interface Read {
  readonly bytes: Buffer;
  /** What the channel failed with, and then its reader was held. */
  readonly error: PipeModeError | undefined;
}

/** Reads the only epoch, and does something when `moment` resolves; before that it reads `before` bytes and no more. */
async function readAround(
  channel: Channel,
  moment: Promise<unknown>,
  { before = 0, then }: { before?: number; then: () => void },
): Promise<Read> {
  let error: PipeModeError | undefined;
  channel.finished().catch((reason: unknown) => (error = reason as PipeModeError));
  await channel.start();
  using probe = await probeEpoch(channel);
  const chunks = [await probe.read(before)];
  await moment;
  then();
  for (;;) {
    const { bytes, end } = probe.available();
    chunks.push(bytes);
    if (end === 'closed') return { bytes: Buffer.concat(chunks), error };
    if (error) break;
    await nextTurn();
  }
  const rest = probe.available();
  expect(rest.end).toBe('held');
  return { bytes: Buffer.concat([...chunks, rest.bytes]), error };
}

/** Either everything is as it was listed, or the channel has failed and says which file it was. */
function expectExact({ bytes, error }: Read, expected: Buffer, changed: string): void {
  if (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^SOURCE_/) as string, key: changed });
    expect(error.path).toBe(scratch.path(changed));
  } else {
    expect(bytes.equals(expected)).toBe(true);
  }
}

describe.each(changes)('a file that is %s', (_how, change) => {
  test.each([{}, { recordio: true }])(
    'after the epoch is complete has been sent as it was, %j',
    async (options) => {
      const content = noise(HELD_BYTES);
      scratch.files({ a: content });
      await using channel = createChannel({
        name: 'train',
        source: scratch.dir,
        dest: scratch.dest,
        epochs: 1,
        ...options,
      });
      const read = await readAround(channel, next(channel, 'epochEnd'), {
        then: () => change(scratch.path('a')),
      });
      expect(read.error).toBeUndefined();
      expect(read.bytes.equals('recordio' in options ? recordOf(content) : content)).toBe(true);
    },
  );

  test.each([
    ['a', 'that is read', 100_000, {}],
    ['b', 'that waits in the pipe', 700_000, {}],
    ['b', 'that waits in the pipe', 700_000, { recordio: true }],
    ['h', 'whose event was sent', 8_380_000, {}],
    ['l', 'that is the last', 11_000_000, {}],
  ])('is never sent with success: "%s", %s, after %i bytes, %j', async (key, what, before, options) => {
    const names = 'a b c d e f g h i j k l'.split(' ');
    const contents = names.map((_name, index) => noise(MIB + 100 * index, index + 1));
    scratch.files(Object.fromEntries(names.map((name, index) => [name, contents[index]!])));
    await using channel = createChannel({
      name: 'train',
      source: scratch.dir,
      dest: scratch.dest,
      epochs: 1,
      ...options,
    });
    const sent = new Promise<void>((resolve) => {
      channel.on('object', (event) => {
        if (event.key === key) resolve();
      });
    });
    const expected = Buffer.concat('recordio' in options ? contents.map(recordOf) : contents);
    const moment = what === 'whose event was sent' ? sent : Promise.resolve();
    const read = await readAround(channel, moment, { before, then: () => change(scratch.path(key)) });
    expectExact(read, expected, key);
  });

  test('while its bytes wait for a source that is slow to list has been sent as it was', async () => {
    const content = noise(HELD_BYTES);
    scratch.files({ a: content });
    const path = scratch.path('a');
    let goOn!: () => void;
    const changed = new Promise<void>((resolve) => (goOn = resolve));
    await using channel = createChannel({
      name: 'train',
      source: {
        async *objects() {
          yield {
            key: 'a',
            open: () => ({
              parts: [{ path, offset: 0, length: content.length }],
              async *[Symbol.asyncIterator]() {},
            }),
          };
          await changed;
          yield {
            key: 'b',
            open: async function* () {
              yield Buffer.from('b');
            },
          };
        },
      },
      dest: scratch.dest,
      epochs: 1,
    });
    const then = () => {
      change(path);
      goOn();
    };
    const read = await readAround(channel, next(channel, 'object'), { then });
    expect(read.error).toBeUndefined();
    expect(read.bytes.equals(Buffer.concat([content, Buffer.from('b')]))).toBe(true);
  });
});
