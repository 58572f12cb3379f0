import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeRecord } from '../../src/reader/index.js';
import { makeFifos, newDirectory, removeDirectory, ShellWriter } from './fifo.js';
import { expectNothingLeft, snapshot, type Snapshot } from './leftovers.js';
import { PythonReader, readWithPython } from './python-reader.js';

let dir: string;
let before: Snapshot;

beforeEach(() => {
  before = snapshot();
  dir = newDirectory();
});

afterEach(async () => {
  removeDirectory(dir);
  await expectNothingLeft(before, dir);
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function write(...epochs: Uint8Array[]): ShellWriter {
  makeFifos(dir, ...epochs.map((_, epoch) => `train_${epoch}`));
  epochs.forEach((bytes, epoch) => writeFileSync(join(dir, `data${epoch}`), bytes));
  const script = 'for i in $(seq 0 $2); do cat "$1/data$i" > "$1/train_$i" 2> /dev/null; done; true';
  return new ShellWriter(script, dir, String(epochs.length - 1));
}

test.each([false, true])('reads epochs to their ends (nonblocking: %s)', async (nonblocking) => {
  const data = [randomBytes(300_000), Buffer.alloc(0), randomBytes(5)];
  const writer = write(...data);
  expect(await readWithPython({ dir, channel: 'train', epochs: 3, nonblocking })).toEqual(
    data.map((bytes, epoch) => ({ epoch, bytes: bytes.length, sha256: sha256(bytes), eof: true })),
  );
  expect(await writer.ended()).toBe(0);
});

test('takes RecordIO apart', async () => {
  const payloads = [0, 1, 70_000].map((size) => randomBytes(size));
  const stream = Buffer.concat(payloads.map(encodeRecord));
  const writer = write(stream);
  const [epoch] = await readWithPython({ dir, channel: 'train', epochs: 1, recordio: true });
  expect(epoch).toEqual({
    epoch: 0,
    bytes: stream.length,
    sha256: sha256(stream),
    eof: true,
    records: [0, 1, 70_000],
    payloadSha256: sha256(Buffer.concat(payloads)),
  });
  await writer.ended();
});

test.each([
  [{ firstByteOnly: true }, 1],
  [{ closeAfter: 0 }, 0],
  [{ closeAfter: 100_000, chunkBytes: 999 }, 100_000],
])('closes early: %j', async (manners, bytes) => {
  const writer = write(randomBytes(300_000), randomBytes(300_000));
  const epochs = await readWithPython({ dir, channel: 'train', epochs: 2, ...manners });
  expect(epochs).toMatchObject([
    { epoch: 0, bytes, eof: false },
    { epoch: 1, bytes, eof: false },
  ]);
  await writer.ended();
});

test('says how far it is, and is killed', async () => {
  const writer = write(randomBytes(300_000), randomBytes(300_000));
  const reader = new PythonReader({ dir, channel: 'train', epochs: 3, pollMs: 1 });
  await reader.reached('firstByte', 0);
  await reader.reached('end', 1);
  await reader.kill();
  await expect(reader.finished()).rejects.toThrow('exited with SIGKILL');
  await expect(reader.reached('opened', 2)).rejects.toThrow('exited with SIGKILL');
  await writer.ended();
});

test('is killed by a signal', async () => {
  const controller = new AbortController();
  const reading = readWithPython({ dir, channel: 'never', epochs: 1, signal: controller.signal });
  controller.abort();
  await expect(reading).rejects.toThrow('exited with SIGKILL');
});

test('rejects with what is wrong', async () => {
  const writer = write(Buffer.from('not a record at all'));
  const reading = readWithPython({ dir, channel: 'train', epochs: 1, recordio: true });
  await expect(reading).rejects.toThrow(/exited with 1: not RecordIO: magic 0x20746f6e at byte 0/);
  await writer.ended();
});
