import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { readEpochs } from 'sagemaker-pipe-mode/reader';
import { expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

/** Not where channels have theirs, which have to be gone after a test. */
function makeFifos(...names: string[]): string {
  const dir = scratch.path('ml');
  mkdirSync(dir);
  execFileSync(
    'mkfifo',
    names.map((name) => join(dir, name)),
  );
  return dir;
}

async function readFirst(options: Parameters<typeof readEpochs>[0]): Promise<void> {
  for await (const { path } of readEpochs(options)) expect(path).toBe('never');
}

test('what is there instead is said when the waiting is aborted, or over', async () => {
  const dir = makeFifos('training_0', 'training_1');
  const aborted = await rejection(readFirst({ dir, channel: 'trianing', signal: AbortSignal.timeout(200) }));
  expect(aborted.code).toBe('ABORTED');
  expect(aborted.message).toMatch(
    /had waited 0\.[23] s for \/.*\/trianing_0 to appear, beside which there is training_0, training_1\.$/,
  );
  const late = await rejection(readFirst({ dir, channel: 'trianing', openTimeoutMs: 50 }));
  expect(late.code).toBe('READ_TIMEOUT');
  expect(late.message).toContain('within 50 ms, beside which there is training_0, training_1.');
});

test('DEBUG says what is waited for, after a second and ever less often', async () => {
  const dir = makeFifos('training_0');
  const { stderr } = await runProgram(
    `
      import { readEpochs } from 'sagemaker-pipe-mode/reader';
      const options = { dir: process.argv[1], channel: 'trianing', signal: AbortSignal.timeout(2500) };
      try { for await (const epoch of readEpochs(options)); } catch {}
    `,
    { args: [dir], env: { DEBUG: 'sagemaker-pipe-mode:reader', DEBUG_HIDE_DATE: '1', DEBUG_COLORS: '0' } },
  );
  const lines = stderr.trim().split('\n');
  const line = (seconds: number) =>
    `sagemaker-pipe-mode:reader trianing: epoch 0: waiting since ${seconds} s for ${dir}/trianing_0, beside which there is training_0`;
  expect(lines).toEqual([line(1), line(2)]);
});

test('whoever sets no limit, and listens to nothing, is warned before a test has run out of time', async () => {
  const dir = makeFifos('training_0');
  const wait = async (more: string) =>
    await runProgram(
      `
        import { readEpochs } from 'sagemaker-pipe-mode/reader';
        const options = { dir: process.argv[1], channel: 'trianing', signal: AbortSignal.timeout(4700), ${more} };
        try { for await (const epoch of readEpochs(options)); } catch {}
      `,
      { args: [dir] },
    );
  const [unlimited, limited, nowhere] = await Promise.all([
    wait(''),
    wait('openTimeoutMs: 60_000'),
    wait(`dir: process.argv[1] + '/input'`),
  ]);
  const warning = `Warning: readEpochs() has waited 4 s for epoch 0 of channel "trianing": ${dir}/`;
  expect(unlimited.stderr).toContain(`${warning}trianing_0 is not there, beside which there is training_0.`);
  expect(unlimited.stderr.match(/Warning/g)).toHaveLength(1);
  expect(limited.stderr).toBe('');
  expect(nowhere.stderr).toContain(
    `${warning}input/trianing_0 is not there, and there is no directory ${dir}/input.`,
  );
});
