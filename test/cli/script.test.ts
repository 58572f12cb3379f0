import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { beforeEach, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { useScratch } from '../support/scratch.js';
import { commandFile } from './command.js';

const scratch = useScratch();

const page = readFileSync(new URL('../../docs/command.md', import.meta.url), 'utf8');
const script = /```bash\n(#!.*?)```/s.exec(page)![1]!;

const algorithm = `
import os, sys, time
for epoch in range(3):
    path = os.path.join(sys.argv[1], f"train_{epoch}")
    while not os.path.exists(path):
        time.sleep(0.01)
    with open(path, "rb") as pipe:
        print(epoch, len(pipe.read()), flush=True)
`;

beforeEach(() => {
  mkdirSync(scratch.path('temporary'));
  writeFileSync(scratch.path('train.py'), algorithm);
  // As npm installs it.
  mkdirSync(scratch.path('node_modules/.bin'), { recursive: true });
  chmodSync(commandFile, 0o755);
  symlinkSync(commandFile, scratch.path('node_modules/.bin/sagemaker-pipe'));
});

function run(text: string) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', text], {
    cwd: scratch.dir,
    encoding: 'utf8',
    timeout: 20_000,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      TMPDIR: scratch.path('temporary'),
    },
  });
  return { status, stdout, stderr };
}

test('the script in the docs feeds an algorithm, and leaves nothing', () => {
  scratch.files({ 'data/train/a': noise(1_000_000), 'data/validation/b': 'b' });
  // Nobody reads the other channel here, which would keep the command from ending.
  const { status, stdout, stderr } = run(script.replace('agent ./data', 'channel train ./data/train'));

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe('0 1000000\n1 1000000\n2 1000000\n');
  expect(run('ls temporary').stdout).toBe('');
});

test('the script in the docs fails if a channel does, and stops the algorithm', () => {
  scratch.files({ 'data/train/a.gz': gzipSync(noise(1_000_000)), 'data/train/b.gz': 'not gzip' });
  const { status, stderr } = run(script.replace('--epochs 3', '--epochs 3 -x'));

  expect(status).toBe(1);
  expect(stderr).toContain('(GZIP_INVALID)');
  expect(existsSync(join(scratch.dir, 'feeder.log'))).toBe(true);
  expect(run('ls temporary').stdout).toBe('');
});

test('the script in the docs fails if the algorithm does, and ends the command', () => {
  scratch.files({ 'data/train/a': noise(5_000_000), 'train.py': 'import sys; sys.exit(3)' });
  const ownPid = script.replace('feeder=$!', 'feeder=$!\necho "$feeder"');
  const { status, stdout, stderr } = run(ownPid);

  expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
  expect(existsSync(`/proc/${stdout.trim()}`)).toBe(false);
  expect(run('ls temporary').stdout).toBe('');
});
