import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createChannel } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { noise } from '../support/bytes.js';
import { FifoProbe, readFifo } from '../support/fifo-reader.js';
import { gone, holderNamedIn } from '../support/holder.js';
import { fifosBelow } from '../support/leftovers.js';
import { Program, type ProgramEnd, runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

const big = noise(20_000_000);

/** A program with a channel whose reader has stalled: the pipe is full, and a write is under way. */
const stalled = (rest: string, options = '') =>
  `import { createChannel } from 'sagemaker-pipe-mode';
   const [, dest, source] = process.argv;
   const channel = createChannel({ name: 'train', source, dest, ${options} });
   await channel.start();
   console.log('started');
   let before = -1;
   // Streaming, and no byte more in a while of turns: the pipe is full.
   const full = async () => {
     for (let turns = 0; turns < 200; turns++) {
       const { state, bytes } = channel.stats();
       if (state !== 'streaming' || bytes !== before) turns = 0;
       before = bytes;
       await new Promise((resolve) => setTimeout(resolve, 1));
     }
   };
   await full();
   ${rest}`;

async function withStalledReader(source: string): Promise<{ program: Program; probe: FifoProbe }> {
  const program = new Program(source, { args: [scratch.dest, scratch.files({ a: big })] });
  await program.said('started');
  const probe = new FifoProbe(join(scratch.dest, 'train_0'));
  return { program, probe };
}

/** A reader that is left in mid-epoch waits, and is the last thing that anybody waits for. */
async function expectHeld(program: Program, probe: FifoProbe, end: object): Promise<ProgramEnd> {
  const ended = await program.ended();
  expect(ended).toMatchObject(end);
  const holder = holderNamedIn(ended.stderr);
  expect(probe.available().end).toBe('held');
  expect(fifosBelow(scratch.dest)).toEqual([]);
  probe.close();
  await gone(holder);
  return ended;
}

describe.each([
  ['raw', ''],
  ['RecordIO', 'recordio: true'],
])('a process with a stalled reader, %s', (_how, options) => {
  test('ends by process.exit(), at once and without FIFOs, and its reader is held', async () => {
    const { program, probe } = await withStalledReader(stalled('process.exit(7);', options));
    await expectHeld(program, probe, { code: 7 });
  });

  test('ends by an uncaught exception, without FIFOs, and its reader is held', async () => {
    const { program, probe } = await withStalledReader(stalled(`throw new Error('on purpose');`, options));
    const { stderr } = await expectHeld(program, probe, { code: 1 });
    expect(stderr).toContain('on purpose');
  });

  test('ends by itself after its channel has failed, without FIFOs, and its reader is held', async () => {
    const program = new Program(
      `import { createChannel } from 'sagemaker-pipe-mode';
       const body = async function* () { yield Buffer.alloc(10_000); throw new Error('on purpose'); };
       const channel = createChannel({
         name: 'train', source: { objects: () => [{ key: 'a', size: 20_000, open: body }] }, dest: process.argv[1], ${options}
       });
       channel.on('error', ({ message }) => console.error(message));
       await channel.start();
       console.log('started');`,
      { args: [scratch.dest] },
    );
    await program.said('started');
    const probe = new FifoProbe(join(scratch.dest, 'train_0'));
    const { stderr } = await expectHeld(program, probe, { code: 0 });
    expect(stderr).toContain('on purpose');
  });

  test('ends by itself after stop()', async () => {
    const { program, probe } = await withStalledReader(stalled(`await channel.stop();`, options));
    expect(await program.ended()).toMatchObject({ code: 0, stderr: '' });
    await probe.rest();
    probe.close();
    expect(fifosBelow(scratch.dest)).toEqual([]);
  });

  test('killed by SIGKILL leaves FIFOs, which the next run replaces', async () => {
    const { program, probe } = await withStalledReader(stalled(`console.log('stalled');`, options));
    await program.said('stalled');
    expect(await program.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    await probe.rest();
    probe.close();
    // The epoch that was being read has no name any more; the next one's is left.
    const left = fifosBelow(scratch.dest);
    expect(left).toEqual([join(scratch.dest, 'train_1')]);
    const stale = lstatSync(left[0]!).ino;
    await using channel = createChannel({
      name: 'train',
      source: [{ key: 'a', body: 'new' }],
      dest: scratch.dest,
    });
    using keep = new FifoProbe(left[0]!); // so that its number is not used again
    await channel.start();
    expect((await readFifo(join(scratch.dest, 'train_0'))).toString()).toBe('new');
    expect(lstatSync(left[0]!).ino).not.toBe(stale);
    expect((await readFifo(left[0]!)).toString()).toBe('new');
    expect(keep.available().end).toBe('closed');
  });
});

describe('a process', () => {
  test('that has nothing to do but to wait for a reader goes on until it comes', async () => {
    const program = new Program(
      `import { createChannel } from 'sagemaker-pipe-mode';
       const channel = createChannel({ name: 'train', source: [{ key: 'a', body: 'a' }], dest: process.argv[1], epochs: 1 });
       await channel.start();
       console.log('started');
       void channel.finished().then(() => console.log('finished'));`,
      { args: [scratch.dest] },
    );
    await program.said('started');
    expect((await readFifo(join(scratch.dest, 'train_0'))).toString()).toBe('a');
    expect(await program.ended()).toMatchObject({ code: 0, lines: ['started', 'finished'], stderr: '' });
  });

  test('that exits while a FIFO is made leaves what is no FIFO alone', async () => {
    scratch.files({ train_0: 'precious' });
    const { code, stderr } = await runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       createChannel({ name: 'train', source: [{ key: 'a', body: 'a' }], dest: process.argv[1] }).start();
       await undefined;
       process.exit();`,
      { args: [scratch.dir] },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(scratch.path('train_0'), 'utf8')).toBe('precious');
  });

  test('ends by itself once its channels are over, however many there were', async () => {
    const { code, stderr } = await runProgram(
      `import { createChannel } from 'sagemaker-pipe-mode';
       import { execFile } from 'node:child_process';
       for (let i = 0; i < 3; i++) {
         const channel = createChannel({
           name: 'train', source: process.argv[2], dest: process.argv[1], epochs: 2, recordio: true, gunzip: true,
         });
         await channel.start();
         execFile('sh', ['-c', 'cat train_0 train_1 | wc -c'], { cwd: process.argv[1] });
         await channel.finished();
       }`,
      {
        args: [
          scratch.dest,
          scratch.files({ 'a.gz': execFileSync('gzip', ['-c'], { input: big.subarray(0, 500_000) }) }),
        ],
      },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(fifosBelow(scratch.dest)).toEqual([]);
  });

  test('exits at any moment of a channel’s life, without a FIFO', async () => {
    const moments = [
      'channel.start(); process.exit();',
      'await channel.start(); process.exit();',
      `channel.on('epochStart', () => process.exit()); await channel.start(); read();`,
      `channel.on('object', () => process.exit()); await channel.start(); read();`,
      `channel.on('epochEnd', () => process.exit()); await channel.start(); read();`,
      'await channel.start(); channel.stop(); process.exit();',
      `channel.on('stop', () => process.exit()); await channel.start(); await channel.stop();`,
    ];
    for (const moment of moments) {
      const { code, stderr, lines } = await runProgram(
        `import { createChannel } from 'sagemaker-pipe-mode';
         import { spawn } from 'node:child_process';
         import fs from 'node:fs';
         const read = () => {
           const reader = spawn('cat', [process.argv[1] + '/train_0'], { stdio: 'ignore' });
           reader.unref();
           fs.writeSync(1, reader.pid + '\\n');
         };
         const channel = createChannel({ name: 'train', source: process.argv[2], dest: process.argv[1] });
         ${moment}`,
        { args: [scratch.dest, scratch.files({ a: big })] },
      );
      expect([moment, code]).toEqual([moment, 0]);
      expect(fifosBelow(scratch.dest)).toEqual([]);
      if (stderr === '') continue;
      // There is a reader in the middle of its data.
      process.kill(Number(lines[0]), 'SIGKILL');
      await gone(holderNamedIn(stderr));
    }
    expect(existsSync(scratch.dest)).toBe(true);
  });
});
