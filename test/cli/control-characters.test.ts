import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { Command } from './command.js';
import { startReader } from './reader.js';

const scratch = useScratch();

/** A name that sets the title of a terminal, clears it, begins a line, and turns the direction of what follows. */
const evil = 'a\x1b]0;title\x07\x1b[2J\x9b31m\nsagemaker-pipe: all is well\r\u202e\u2066';

test.each([[[]], [['-d']]])('escapes what a terminal would obey in keys and paths, %j', async (flags) => {
  const source = scratch.files({ [`${evil}/${evil}.gz`]: 'not gzip' });
  execFileSync('mkfifo', [`${source}/${evil}-fifo`]);
  const dest = `${scratch.dest}/${evil}`;
  await using command = new Command(['channel', 'train', source, dest, '-x', ...flags]);
  const reader = startReader({ dir: dest, channel: 'train', epochs: 1 });
  await command.stderr.shows(/holding .*\n/);
  await reader.kill();
  await command.status();

  const output = command.stdout.text + command.stderr.text;
  expect(output).toContain(
    'a\\x1b]0;title\\x07\\x1b[2J\\x9b31m\\x0asagemaker-pipe: all is well\\x0d\\u202e\\u2066',
  );
  expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(output).not.toMatch(/^sagemaker-pipe: all is well/m);
  if (flags.includes('-d')) expect(output).toMatch(/sagemaker-pipe-mode:file .*-fifo: not a regular file/);
});

test('escapes what stands on the command line', async () => {
  await using command = new Command([`--${evil}`]);
  expect(await command.status()).toBe(2);
  expect(command.stderr.text).toContain('--a\\x1b]0;title');
  expect(command.stderr.text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});
