import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';

import { createChannel, type Source } from 'sagemaker-pipe-mode';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { readFifo } from '../support/fifo-reader.js';
import { next } from '../support/record-events.js';
import { useScratch } from '../support/scratch.js';
import { rejection } from '../support/expected-errors.js';
import { probeEpoch } from '../support/probe-epoch.js';

const scratch = useScratch();

let threads: Worker[];
const onWorker = (worker: Worker) => threads.push(worker);
beforeEach(() => {
  threads = [];
  process.on('worker', onWorker);
});
afterEach(() => {
  process.off('worker', onWorker);
});

/**
 * Ends all threads that have been started, as running out of memory does; not while they start: to end a thread that loads
 * koffi is to end the process.
 */
async function endThreads(): Promise<void> {
  for (const { performance } of threads)
    while (performance.eventLoopUtilization().idle === 0) await nextTurn();
  await Promise.all(threads.splice(0).map((worker) => worker.terminate()));
}

/** A source that keeps its channel, and with it the threads, until it is stopped. */
const silent: Source = {
  async *objects({ signal }) {
    yield { key: 'a', size: 1, open: () => bytesOf('a') };
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  },
};

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test.each([
  ['listing and reading files', {}],
  ['writing records', { recordio: true }],
  ['inflating', { gunzip: true }],
  ['writing files', { inputMode: 'File' as const }],
])('a thread that died is replaced while another channel lives: %s', async (_what, options) => {
  const bytes = noise(300_000);
  const source = scratch.files({ 'a.gz': 'gunzip' in options ? gzipSync(bytes) : bytes });
  await using other = createChannel({ name: 'other', source: silent, dest: scratch.dest });
  await other.start();
  const started = next(other, 'epochStart');
  const ofOther = readFifo(join(other.dest, 'other_0'));
  await started;
  for (const name of ['first', 'second']) {
    await using channel = createChannel({ name, source, dest: scratch.dest, epochs: 1, ...options });
    await channel.start();
    if (!('inputMode' in options)) {
      const got = await readFifo(join(channel.dest, `${name}_0`));
      expect(got.length).toBeGreaterThanOrEqual(bytes.length);
    }
    await channel.finished();
    expect(threads.length).toBeGreaterThan(0);
    await endThreads();
  }
  expect(other.state).toBe('streaming');
  await other.stop();
  expect((await ofOther).toString()).toBe('a');
});

test('what runs on a thread that dies fails, and says that it was the thread', async () => {
  const source = scratch.files({ a: noise(10_000_000) });
  await using channel = createChannel({ name: 'train', source, dest: scratch.dest, zeroCopy: false });
  await channel.start();
  let code: string | undefined;
  void rejection(channel.finished()).then((error) => (code = error.code));
  using probe = await probeEpoch(channel);
  await probe.read(100_000);
  await endThreads();
  // It may have read ahead: nothing is asked of the thread before there is room for more.
  while (code === undefined) {
    expect(probe.available().end).toBe('held');
    await nextTurn();
  }
  expect([code, probe.available().end]).toEqual(['THREAD_FAILED', 'held']);
});
