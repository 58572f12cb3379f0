import { expect, test } from 'vitest';

import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** Streams records through temporary files while libuv's pool waits for a writer that never comes. */
const STREAMING = `
  const { execFileSync } = require('node:child_process');
  const { open, openSync, readdirSync, readlinkSync } = require('node:fs');
  const { createChannel } = require(process.cwd() + '/dist/index.cjs');
  const { readEpochs } = require(process.cwd() + '/dist/reader.cjs');
  const RECORDS = 30;

  exports.stream = async (dir) => {
    const temporaryFiles = () => readdirSync('/proc/self/fd').filter((fd) => {
      try { return /sagemaker-pipe-mode-[^/]*deleted/.test(readlinkSync('/proc/self/fd/' + fd)); } catch { return false; }
    }).length;
    let most = 0;
    const source = Array.from({ length: RECORDS }, (_, i) => ({
      key: String(i).padStart(2, '0'),
      body: async function* () {
        most = Math.max(most, temporaryFiles());
        for (let k = 0; k < 3; k++) yield Buffer.alloc(1 << 20, i);
      },
    }));
    // Another channel keeps the threads: they do not close the files by their end.
    const other = createChannel({ name: 'other', source: [{ key: 'a', body: 'a' }], dest: dir + '/fifos' });
    const channel = createChannel({
      name: 'train', source, dest: dir + '/fifos', recordio: true, epochs: 1, prefetchBytes: 1 << 20,
    });
    await other.start();
    await channel.start();
    const reader = readEpochs({ dir: dir + '/fifos', channel: 'train', epochs: 1 })[Symbol.asyncIterator]();
    const { value: epoch } = await reader.next();
    execFileSync('mkfifo', [dir + '/never']);
    for (let i = 0; i < 4; i++) open(dir + '/never', 'r', () => undefined);
    let bytes = 0;
    for await (const chunk of epoch) bytes += chunk.length;
    await channel.finished();
    await channel.stop();
    const left = temporaryFiles();
    await other.stop();
    openSync(dir + '/never', 'r+'); // lets the pool go
    return 'bytes ' + bytes + ' too many ' + (most > 6) + ' left ' + left;
  };
`;

const RUN = {
  'the main thread': `(async () => console.log(await exports.stream(dir)))();`,
  'a thread of the host': `
    const { Worker } = require('node:worker_threads');
    const code = process.env.STREAMING + ';exports.stream(' + JSON.stringify(dir) + ').then((it) => console.log(it));';
    new Worker(code, { eval: true, execArgv: [] });
  `,
};

test.each(['the main thread', 'a thread of the host'] as const)(
  'temporary files of records are closed without libuv’s pool, few at a time, all when the channel has ended: in %s',
  async (where) => {
    const { code, lines, stderr } = await runProgram(
      `
        import { createRequire } from 'node:module';
        const require = createRequire(process.cwd() + '/');
        const exports = {};
        const dir = process.argv[1];
        ${STREAMING}
        ${RUN[where]}
      `,
      { args: [scratch.dir], env: { STREAMING } },
    );
    // Node warns if a descriptor is closed by another thread than the one that has opened it.
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(lines).toEqual([`bytes ${30 * (3 * 2 ** 20 + 8)} too many false left 0`]);
  },
  60_000,
);
