import { expect, test } from 'vitest';

import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** What runs in a worker thread of the host: reads a channel, and tells when the host may let it end. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { readEpochs } = require(process.cwd() + '/dist/reader.cjs');
  const { dir, isWhole, ending } = workerData;
  const end = {
    'its work': () => undefined,
    'process.exit()': () => process.exit(),
    throw: () => { throw new Error('on purpose'); },
    'terminate()': () => setInterval(() => undefined, 1000),
  }[ending];
  parentPort.once('message', () => setImmediate(end));
  (async () => {
    for await (const epoch of readEpochs({ dir, channel: 'train', epochs: 3 })) {
      for await (const chunk of epoch) {
        if (!isWhole) parentPort.postMessage('reading');
      }
    }
    parentPort.postMessage('has read');
  })();
`;

/**
 * The host: writes what its threads read, with descriptors of its own that come and go in the numbers that those of the
 * threads have had, and makes sure that they stay its own.
 */
const HOST = `
  import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
  import { execFileSync } from 'node:child_process';
  import { stat } from 'node:fs/promises';
  import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
  import { Worker } from 'node:worker_threads';

  const [, dest, reading, ending, count] = process.argv;
  const isWhole = reading === 'to its end';
  const threads = () => readdirSync('/proc/self/task').length;
  const descriptors = () => readdirSync('/proc/self/fd').map((fd) => {
    try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; }
  }).filter((target) => target.startsWith(dest));
  await new Worker('', { eval: true }).terminate(); // and what Node starts with the first one
  await stat('/'); // and libuv's threads
  const threadsBefore = threads();
  const { ino } = fstatSync(openSync('/dev/null'));

  class OwnFiles {
    #fds = [];
    open(count) {
      for (let i = 0; i < count; i++) this.#fds.push(openSync('/dev/null'));
    }
    close(count = this.#fds.length) {
      for (const fd of this.#fds.splice(0, count)) {
        if (fstatSync(fd).ino !== ino) throw new Error('somebody else has descriptor ' + fd);
        closeSync(fd);
      }
    }
  }

  let isOver = false;
  const churning = (async () => {
    const own = new OwnFiles();
    own.open(10);
    for (; !isOver; await turn()) {
      own.open(10);
      own.close(10);
    }
    own.close();
  })();

  /** Opens a FIFO when it has a reader. */
  async function openWriter(path) {
    for (;; await turn()) {
      try {
        return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch (error) {
        if (error.code !== 'ENXIO') throw error;
      }
    }
  }

  /** As much as the pipe takes; whether there is still a reader. */
  function fill(fd) {
    try {
      for (;;) writeSync(fd, Buffer.alloc(65_536, 'x'));
    } catch (error) {
      if (error.code === 'EAGAIN') return true;
      if (error.code === 'EPIPE') return false;
      throw error;
    }
  }

  async function endOne(index) {
    const dir = dest + '/' + index;
    mkdirSync(dir);
    execFileSync('mkfifo', [0, 1, 2].map((epoch) => dir + '/train_' + epoch));
    const worker = new Worker(process.env.THREAD, { eval: true, execArgv: [], workerData: { dir, isWhole, ending } });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const told = new Promise((resolve) => worker.once('message', resolve));
    worker.on('error', (error) => { if (error.message !== 'on purpose') console.error(error); });
    const own = new OwnFiles();
    let fd;
    if (isWhole) {
      for (const epoch of [0, 1, 2]) {
        const fd = await openWriter(dir + '/train_' + epoch);
        fill(fd);
        closeSync(fd);
      }
      await told;
    } else {
      fd = await openWriter(dir + '/train_0');
      fill(fd);
      await told;
      for (let left = index % 7; left > 0; left--) { fill(fd); await turn(); }
    }
    own.open(40);
    if (ending === 'terminate()') await worker.terminate();
    else worker.postMessage('end');
    for (const over = ended.then(() => 'over'); (await Promise.race([over, turn()])) !== 'over';) {
      if (fd !== undefined) fill(fd);
    }
    if (fd !== undefined) {
      if (fill(fd)) throw new Error('the FIFO still has a reader');
      closeSync(fd);
    }
    own.close();
  }

  let next = 0;
  await Promise.all(Array.from({ length: 4 }, async () => { while (next < count) await endOne(next++); }));
  isOver = true;
  await churning;
  for (const deadline = Date.now() + 5000; threads() > threadsBefore && Date.now() < deadline;) await delay(10);
  console.log('threads', threads() - threadsBefore, 'descriptors', JSON.stringify(descriptors()));
`;

test.each([
  ['to its end', 'terminate()', 40],
  ['to its end', 'process.exit()', 20],
  ['to its end', 'throw', 20],
  ['to its end', 'its work', 20],
  ['in part', 'terminate()', 40],
  ['in part', 'process.exit()', 20],
  ['in part', 'throw', 20],
])(
  'a thread of the host that has read a channel %s and ends by %s, %i times, closes what it has opened, and nothing else',
  async (reading, ending, count) => {
    const { code, signal, lines, stderr } = await runProgram(HOST, {
      args: [scratch.dir, reading, ending, String(count)],
      env: { THREAD },
    });
    // Node warns if a descriptor that it has noted is closed by somebody else than `node:fs`.
    expect({ stderr, code, signal }).toEqual({ stderr: '', code: 0, signal: null });
    expect(lines).toEqual(['threads 0 descriptors []']);
  },
  120_000,
);
