import { execFile } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type ChannelOptions, createChannel } from 'sagemaker-pipe-mode';
import { expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const LIMIT = 2 ** 29;

/** Takes the parts of a stream apart without looking at every byte: flag, length, and the payload's last byte. */
const parts = `
import json, os, struct, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
buffer = bytearray(1 << 20)
def exactly(size):
    last = b""
    got = 0
    while got < size:
        view = memoryview(buffer)[: min(size - got, len(buffer))]
        n = os.readv(fd, [view])
        if n == 0:
            sys.exit("cut off") if got else None
            return None
        got += n
        last = bytes(view[n - 8 if n >= 8 else 0 : n])
    return last
found = []
while True:
    header = exactly(8)
    if header is None:
        break
    magic, word = struct.unpack("<II", header)
    assert magic == 0xCED7230A, hex(magic)
    length = word & 0x1FFFFFFF
    last = exactly(length)[-1] if length else None
    if length % 4:
        assert exactly(4 - length % 4)[-(4 - length % 4) :] == bytes(4 - length % 4)
    found.append([word >> 29, length, last])
print(json.dumps(found))
`;

test('payloads around 2^29 bytes go out whole up to 2^29 - 1, and in parts from 2^29 on', async () => {
  const expected = new Map([
    [LIMIT - 1, [[0, LIMIT - 1, 7]]],
    [
      LIMIT,
      [
        [1, LIMIT - 4, 0],
        [3, 4, 7],
      ],
    ],
    [
      LIMIT + 1,
      [
        [1, LIMIT - 4, 0],
        [3, 5, 7],
      ],
    ],
    [
      2 * LIMIT,
      [
        [1, LIMIT - 4, 0],
        [2, LIMIT - 4, 0],
        [3, 8, 7],
      ],
    ],
  ]);
  for (const [size, outline] of expected) {
    const path = scratch.path('sparse');
    writeFileSync(path, '');
    truncateSync(path, size);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.from([7]), 0, 1, size - 1);
    closeSync(fd);
    expect(await outlineOf(path)).toEqual(outline);
  }
}, 60_000);

test('so does what had to be put into a temporary file before its length was known', async () => {
  const chunk = Buffer.alloc(2 ** 20);
  const body = async function* () {
    for (let sent = 0; sent < LIMIT; sent += chunk.length) yield await Promise.resolve(chunk);
    yield Buffer.from([7]);
  };
  expect(await outlineOf([{ key: 'a', body }])).toEqual([
    [1, LIMIT - 4, 0],
    [3, 5, 7],
  ]);
}, 60_000);

async function outlineOf(source: ChannelOptions['source']): Promise<unknown> {
  await using channel = createChannel({
    name: 'train',
    source,
    dest: scratch.dest,
    recordio: true,
    epochs: 1,
  });
  await channel.start();
  const [{ stdout }] = await Promise.all([
    promisify(execFile)('python3', ['-c', parts, join(channel.dest, 'train_0')]),
    channel.finished(),
  ]);
  return JSON.parse(stdout);
}
