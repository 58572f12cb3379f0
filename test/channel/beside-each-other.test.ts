import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createChannel } from 'sagemaker-pipe-mode';
import { expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { FifoProbe } from '../support/fifo-reader.js';
import { probeEpoch } from '../support/probe-epoch.js';
import { Program } from '../support/program.js';
import { next } from '../support/record-events.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();
const MIB = 1024 * 1024;
/** More than comes between the end of the busy epoch and its event. Without koffi a pipe holds little at a time. */
const MEANWHILE = process.env['SAGEMAKER_PIPE_MODE_ZERO_COPY'] === '0' ? 3 * MIB : 32 * MIB;

test('a channel that can always go on keeps no other waiting whose reader has made room', async () => {
  scratch.files({ large: noise(64 * MIB) });
  const many = scratch.path('many');
  mkdirSync(many);
  // Empty: reading them is all there is to do, and their pipe is never full.
  execFileSync('sh', ['-c', 'seq 1 60000 | xargs touch'], { cwd: many });
  await using large = createChannel({ name: 'large', source: scratch.path('large'), dest: scratch.dest });
  await using busy = createChannel({ name: 'many', source: many, dest: scratch.dest, epochs: 1 });
  await Promise.all([large.start(), busy.start()]);
  using probe = await probeEpoch(large);
  await probe.read(MIB); // so that its pipe has been full
  const busyStarted = next(busy, 'epochStart');
  const reader = spawn('cat', [join(busy.dest, 'many_0')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = once(reader, 'exit');
  await busyStarted;
  const first = await Promise.race([
    probe.read(MEANWHILE).then(() => 'the other has gone on'),
    next(busy, 'epochEnd').then(() => 'the busy one is done'),
  ]);
  expect(first).toBe('the other has gone on');
  await Promise.all([busy.finished(), gone]);
});

/** Streams, and then checks a directory of very many files when there are descriptors for that, but not for a thread. */
const SHORT_OF_DESCRIPTORS = `
import { closeSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { createChannel } from 'sagemaker-pipe-mode';
const [large, many, dest] = process.argv.slice(1);
const streaming = createChannel({ name: 'large', source: large, dest, epochs: 1 });
await streaming.start();
console.log('started');
while (streaming.stats().bytes === 0) await setTimeout(1); // its thread runs, and its file is open
const held = [];
try {
  for (;;) held.push(openSync('/dev/null'));
} catch {}
for (let free = 0; free < 2; free++) closeSync(held.pop());
const other = createChannel({ name: 'many', source: many, dest, epochs: 1 });
await other.start().then(() => console.log('checked'), ({ code }) => console.log(code));
for (const fd of held) closeSync(fd);
console.log('descriptors again');
const outcome = new Promise((resolve) => streaming.once('epochEnd', ({ outcome }) => resolve(outcome)));
await streaming.finished();
console.log(await outcome);
process.exit(); // the other one waits for its reader
`;

test('a thread that helps and cannot be started takes nothing down', async () => {
  scratch.files({ large: noise(16 * MIB) });
  const many = scratch.path('many');
  mkdirSync(many);
  execFileSync('sh', ['-c', 'seq -f a-long-name-of-a-file-%06g 1 5000 | xargs touch'], { cwd: many });
  writeFileSync(join(many, 'a'), 'a');
  const args = [scratch.path('large'), many, scratch.dest];
  const program = new Program(SHORT_OF_DESCRIPTORS, { args, setup: 'ulimit -n 100' });
  await program.said('started');
  using probe = new FifoProbe(join(scratch.dest, 'large_0'));
  await program.said('descriptors again');
  const bytes = await probe.rest();
  expect(bytes.length).toBe(16 * MIB);
  const { lines, stderr } = await program.ended();
  expect({ lines, stderr }).toMatchObject({
    lines: expect.arrayContaining(['complete']) as string[],
    stderr: '',
  });
});
