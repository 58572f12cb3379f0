import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const run = promisify(execFile);

/** Ends at some moment of the starting of the threads that write, when they bind to system calls, say. */
const PROGRAM = `
const { createChannel } = require('sagemaker-pipe-mode');
const [source, dest, ms, gunzip] = process.argv.slice(1);
createChannel({ name: 'train', source, dest, gunzip: gunzip === 'true' }).start().catch(() => undefined);
const end = performance.now() + Number(ms);
setTimeout(() => {
  while (performance.now() < end);
  process.exit(7);
}, Math.max(Number(ms) - 2, 0));
`;

test.each([false, true])(
  'a process may exit at any moment while its threads start, gunzip: %s',
  async (gunzip) => {
    const source = scratch.files({ a: 'a' });
    for (let ms = 10; ms < 100; ms += 3) {
      const args = ['-e', PROGRAM, source, scratch.path('dest'), String(ms), String(gunzip)];
      const failure: unknown = await run(process.execPath, args, { cwd: process.cwd() }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 7, signal: null, stderr: '' });
    }
  },
  60_000,
);
