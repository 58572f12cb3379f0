import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { useScratch } from './support/scratch.js';

const scratch = useScratch();
const run = promisify(execFile);

/** Streams one epoch in a program of its own, and says whether it has loaded `debug`. */
async function stream(before: string, DEBUG?: string) {
  const program = `
    import { createRequire } from 'node:module';
    import { readEpochs } from 'sagemaker-pipe-mode/reader';
    import { createChannel } from 'sagemaker-pipe-mode';
    const require = createRequire(import.meta.url);
    ${before}
    const [source, dest] = process.argv.slice(1);
    const channel = createChannel({ name: 'train', source, dest, epochs: 1 });
    await channel.start();
    for await (const epoch of readEpochs({ channel: 'train', dir: dest, epochs: 1 })) for await (const _ of epoch);
    await channel.finished();
    console.log(JSON.stringify(require.resolve('debug') in require.cache));`;
  const args = ['--input-type=module', '-e', program, scratch.files({ a: 'abc' }), scratch.dest];
  const { DEBUG: _, ...env } = process.env;
  const { stdout, stderr } = await run(process.execPath, args, {
    env: { ...env, ...(DEBUG === undefined ? {} : { DEBUG }) },
  });
  return { isLoaded: JSON.parse(stdout) as boolean, stderr };
}

test('the package debug is not loaded for nobody', async () => {
  expect(await stream('')).toEqual({ isLoaded: false, stderr: '' });
});

test('DEBUG shows what happens, from the first line on', async () => {
  const { stderr, isLoaded } = await stream('', 'sagemaker-pipe-mode:channel');
  expect(isLoaded).toBe(true);
  expect(stderr).toMatch(/^.*sagemaker-pipe-mode:channel train: epoch 0: idle → waiting/);
  expect(stderr).toContain('epoch 0: waiting → streaming');
});

test('so does whoever has loaded it and enables its namespaces', async () => {
  const { stderr } = await stream(`require('debug').enable('sagemaker-pipe-mode:channel');`);
  expect(stderr).toContain('epoch 0: waiting → streaming');
});
