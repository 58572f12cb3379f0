// An algorithm may be one file, in a container that has nothing but Node.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { createChannel } from 'sagemaker-pipe-mode';
import { expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** The bundler that tsx stands on. */
const require = createRequire(import.meta.resolve('tsx'));
const bundle = `require(${JSON.stringify(require.resolve('esbuild'))}).buildSync(JSON.parse(process.argv[1]))`;

const algorithm = `
  import { readEpochs } from 'sagemaker-pipe-mode/reader';
  (async () => {
    for await (const epoch of readEpochs({ dir: process.argv[2], channel: 'train', epochs: 1 }))
      for await (const chunk of epoch) process.stdout.write(chunk);
    await readEpochs({ dir: '/', channel: 'none', epochs: 1, openTimeoutMs: 1 })[Symbol.asyncIterator]().next().catch(
      ({ code }) => console.log(code),
    );
  })();`;

test.each(['esm', 'cjs'])(
  'a reader that was bundled as %s needs no package, not even for DEBUG',
  async (format) => {
    const directory = scratch.path('alone');
    mkdirSync(directory);
    const outfile = `${directory}/algorithm.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const resolveDir = fileURLToPath(new URL('../../', import.meta.url));
    const options = {
      stdin: { contents: algorithm, resolveDir },
      bundle: true,
      platform: 'node',
      format,
      outfile,
      logOverride: { 'empty-import-meta': 'silent' },
    };
    execFileSync(process.execPath, ['-e', bundle, JSON.stringify(options)]);
    await using channel = createChannel({
      name: 'train',
      source: [{ key: 'a', body: 'hello ' }],
      dest: scratch.dest,
      epochs: 1,
    });
    await channel.start();
    const env = { ...process.env, DEBUG: 'sagemaker-pipe-mode:*', NODE_PATH: '' };
    const child = spawn(process.execPath, [outfile, scratch.dest], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: 'hello READ_TIMEOUT\n', stderr: '' });
    await channel.finished();
  },
);
