import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { gone, holderNamedIn } from '../support/holder.js';
import { fifosBelow } from '../support/leftovers.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** What runs in a worker thread of the host: a channel, and then how the thread ends, unless it is terminated. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { createChannel } = require(process.cwd() + '/dist/index.cjs');
  const { data, dest, doing, ending, afterMs, isStarted } = workerData;
  const chunk = Buffer.alloc(100_000, 'x');
  const javascript = [{ key: 'a', body: async function* () { for (;;) { yield chunk; await null; } } }];
  const options = {
    waiting: { source: javascript },
    javascript: { source: javascript },
    files: { source: data + '/raw' },
    gunzip: { source: data + '/gzip', gunzip: true, recordio: true },
    'File mode': { source: data + '/raw', inputMode: 'File' },
  };
  const channel = createChannel({ name: 'train', dest, ...options[doing] });
  channel.on('error', () => undefined);
  const started = channel.start().then(() => parentPort.postMessage('started'), () => undefined);
  const end = {
    'process.exit()': () => process.exit(),
    throw: () => { throw new Error('on purpose'); },
    'terminate()': () => undefined,
  }[ending];
  if (isStarted) started.then(() => setTimeout(end, afterMs));
  else setTimeout(end, afterMs);
`;

/**
 * The host: ends thread after thread, some at once, at every moment of a channel's life; reads what they write; and
 * makes sure that its own descriptors stay its own.
 */
const HOST = `
  import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
  import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
  import { Worker } from 'node:worker_threads';

  const [, data, dest, ending, count] = process.argv;
  const DOINGS = ['waiting', 'javascript', 'files', 'gunzip', 'File mode'];
  const threads = () => readdirSync('/proc/self/task').length;
  const descriptors = () => readdirSync('/proc/self/fd').map((fd) => {
    try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; }
  }).filter((target) => target.startsWith(data) || target.startsWith(dest));
  await new Worker('', { eval: true }).terminate(); // and what Node starts with the first one
  const threadsBefore = threads();

  // Descriptors of the host that come and go, in the numbers that those of the threads have had.
  const own = [];
  let isOver = false;
  const { ino } = fstatSync(openSync('/dev/null'));
  const churning = (async () => {
    while (!isOver) {
      own.push(openSync('/dev/null'));
      if (own.length > 20) {
        const fd = own.shift();
        if (fstatSync(fd).ino !== ino) throw new Error('somebody else has descriptor ' + fd);
        closeSync(fd);
      }
      await turn();
    }
    for (const fd of own) closeSync(fd);
  })();

  async function endOne(index) {
    const own = dest + '/' + index;
    mkdirSync(own);
    const afterMs = (index * 7919) % 60;
    const isStarted = index % 3 > 0; // the others end while the channel starts
    const workerData = { data, dest: own, doing: DOINGS[index % DOINGS.length], ending, afterMs, isStarted };
    const worker = new Worker(process.env.THREAD, { eval: true, execArgv: [], workerData });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('error', (error) => { if (error.message !== 'on purpose') console.error(error); });
    const reader = { fd: undefined, hasRead: false, isAtEnd: false };
    const started = new Promise((resolve) => worker.once('message', resolve));
    worker.on('message', () => {
      if (workerData.doing === 'waiting' || workerData.doing === 'File mode') return;
      try { reader.fd = openSync(own + '/train_0', constants.O_RDONLY | constants.O_NONBLOCK); } catch {}
    });
    if (ending === 'terminate()') {
      if (isStarted) await Promise.race([started, ended]);
      for (let left = afterMs; left > 0; left -= 5) { await delay(5); read(reader); }
      await worker.terminate();
    }
    while ((await Promise.race([ended, delay(1, 'not yet')])) === 'not yet') read(reader);
    if (reader.fd === undefined) return;
    const wait = (ms) => async () => {
      for (const deadline = Date.now() + ms; Date.now() < deadline && !reader.isAtEnd; read(reader)) await turn();
    };
    // A thread that comes to its end has a process hold the reader of an epoch that is not complete, until that has gone.
    // One that is terminated has no time for it.
    if (ending === 'terminate()') {
      await wait(10_000)();
      if (!reader.isAtEnd && readSoFar(reader) !== 0) throw new Error('a reader waits: ' + JSON.stringify(workerData));
    } else {
      await wait(100)();
      if (reader.isAtEnd && workerData.doing === 'javascript')
        throw new Error('the end of a body that has none: ' + JSON.stringify(workerData));
    }
    closeSync(reader.fd);
    wereRead++;
  }

  let wereRead = 0;
  const buffer = Buffer.alloc(65_536);
  function readSoFar({ fd }) {
    try { return readSync(fd, buffer); } catch (error) { return error.code; }
  }
  /** Before the writer has opened the FIFO, a read that does not wait says 0 too. */
  function read(reader) {
    if (reader.fd === undefined) return;
    const length = readSoFar(reader);
    if (length === 0 && reader.hasRead) reader.isAtEnd = true;
    else if (length > 0) reader.hasRead = true;
  }

  let next = 0;
  await Promise.all(Array.from({ length: 4 }, async () => { while (next < count) await endOne(next++); }));
  isOver = true;
  await churning;
  for (const deadline = Date.now() + 5000; threads() > threadsBefore && Date.now() < deadline;) await delay(10);
  // Otherwise the threads have ended before they have done anything, and this has shown nothing.
  if (wereRead < count / 4) throw new Error('only ' + wereRead + ' threads had a reader');
  console.log('threads', threads() - threadsBefore, 'descriptors', JSON.stringify(descriptors()));
`;

/** How many threads to terminate; of other ends a third. */
const TERMINATED = Number(process.env['TERMINATED_THREADS'] ?? 200);

test.each([
  ['terminate()', TERMINATED],
  ['process.exit()', Math.ceil(TERMINATED / 3)],
  ['throw', Math.ceil(TERMINATED / 3)],
])(
  'a thread of the host that ends by %s, %i times, leaves nothing that hurts its process',
  async (ending, count) => {
    scratch.files({
      'raw/a.bin': noise(3_000_000),
      'raw/b.bin': noise(10),
      'gzip/a.gz': gzipSync(noise(2_000_000)),
    });
    const { code, signal, lines, stderr } = await runProgram(HOST, {
      args: [scratch.dir, scratch.path('dest'), ending, String(count)],
      env: { THREAD },
      setup: `mkdir ${scratch.path('dest')}`,
    });
    const held = stderr.split('\n').filter((line) => line.includes(' holds the FIFO open, '));
    const others = stderr.split('\n').filter((line) => line !== '' && !held.includes(line));
    expect({ others, code, signal }).toEqual({ others: [], code: 0, signal: null });
    expect(lines).toEqual(['threads 0 descriptors []']);
    for (const line of held) await gone(holderNamedIn(line));
    if (ending === 'terminate()') expect(held).toEqual([]);
    else expect(held).not.toEqual([]);
    // A thread that is terminated runs nothing any more, so the names of FIFOs that nobody has opened stay.
    if (ending !== 'terminate()') expect(fifosBelow(scratch.path('dest'))).toEqual([]);
  },
  240_000,
);
