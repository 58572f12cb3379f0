import { expect, test } from 'vitest';

import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** Runs a function in a worker thread of a host; it says with `tell` what the test looks at. */
function inThread(run: string): string {
  const thread = `
    const { execFileSync } = require('node:child_process');
    const { closeSync, open, openSync, readdirSync, readlinkSync } = require('node:fs');
    const { readEpochs } = require(process.cwd() + '/dist/reader.cjs');
    const { parentPort, workerData: dir } = require('node:worker_threads');
    const tell = (line) => parentPort.postMessage(line);
    const fifo = dir + '/train_0';
    execFileSync('mkfifo', [fifo, dir + '/never']);
    const openFifos = () => readdirSync('/proc/self/fd').filter((fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd) === fifo; } catch { return false; }
    }).length;
    async function read(options) {
      try {
        for await (const epoch of readEpochs({ dir, channel: 'train', epochs: 1, ...options })) return 'opened';
      } catch (error) {
        return error.code;
      }
    }
    async function readWhilePoolIsFull(options) {
      await read(); // so that libuv's pool is not needed for anything else
      for (let i = 0; i < 4; i++) open(dir + '/never', 'r', () => undefined);
      tell(await read(options));
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const release = openSync(dir + '/never', 'r+'); // lets the pool go
      await require('node:fs/promises').open('/dev/null').then((handle) => handle.close()); // behind what waited
      while (openFifos() > 0) await turn();
      closeSync(release);
      tell('closed');
    }
    (${run})();
  `;
  return `
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(${JSON.stringify(thread)}, { eval: true, execArgv: [], workerData: process.argv[1] });
    worker.on('message', (line) => console.log(line));
  `;
}

const CASES: [string, string, string[]][] = [
  [
    'opening that waits for libuv’s pool ends with the signal, and closes what is opened after all',
    '() => readWhilePoolIsFull({ signal: AbortSignal.timeout(50) })',
    ['ABORTED', 'closed'],
  ],
  [
    'opening that waits for libuv’s pool ends with its timeout, and closes what is opened after all',
    '() => readWhilePoolIsFull({ openTimeoutMs: 50 })',
    ['READ_TIMEOUT', 'closed'],
  ],
  [
    'a FIFO that is there is opened, however short the timeout',
    'async () => tell(await read({ openTimeoutMs: 0 }))',
    ['opened'],
  ],
  [
    'the first FIFO for which there is no descriptor does not keep the next ones from being opened',
    `async () => {
      const held = [];
      try { for (;;) held.push(openSync('/dev/null')); } catch {}
      const first = await read();
      for (const fd of held) closeSync(fd);
      tell(first);
      tell(await read());
    }`,
    ['TOO_MANY_OPEN_FILES', 'opened'],
  ],
];

test.each(CASES)(
  'in a thread of the host: %s',
  async (_what, run, expected) => {
    const { code, lines, stderr } = await runProgram(inThread(run), {
      args: [scratch.dir],
      setup: 'ulimit -n 256',
    });
    expect({ lines, stderr, code }).toEqual({ lines: expected, stderr: '', code: 0 });
  },
  20_000,
);
