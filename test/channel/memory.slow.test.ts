import { truncateSync, writeFileSync } from 'node:fs';
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createWriteStream } from 'node:fs';

import { expect, test } from 'vitest';

import { runProgram } from '../support/program.js';
import { useScratch } from '../support/scratch.js';

const scratch = useScratch();

const GB = 1_000_000_000;
/** Files are not read into memory: what there is belongs to Node and our threads. */
const FILES_MB = 150;
/** The rest may hold `prefetchBytes`, 64 MiB, and V8 collects such buffers when there are some four times as many. */
const AHEAD_MB = 450;
/** How far two runs of the same may be apart. */
const CHANCE_MB = 250;
/**
 * With koffi, threads inflate files into memory that they use again; a record of 1 GB takes all of `prefetchBytes`, 64 MiB.
 * Without it, what was inflated is read ahead like everything else.
 */
const INFLATED_MB =
  process.env['SAGEMAKER_PIPE_MODE_ZERO_COPY'] === '0'
    ? { raw: AHEAD_MB, recordio: AHEAD_MB }
    : { raw: 150, recordio: 220 };

/** Streams one epoch to a reader that throws everything away, and says what the peak of the memory was. */
async function stream(options: string): Promise<{ megabytes: number; bytes: number }> {
  const { lines, stderr, code } = await runProgram(
    `import { createChannel } from 'sagemaker-pipe-mode';
     import { spawn } from 'node:child_process';
     const [, dest, path] = process.argv;
     const generated = (bytes) => async function* () {
       const chunk = Buffer.alloc(1_000_000, 'x');
       for (let sent = 0; sent < bytes; sent += chunk.length) yield Buffer.from(chunk);
     };
     const channel = createChannel({ name: 'train', dest, epochs: 1, ${options} });
     await channel.start();
     const reader = spawn('sh', ['-c', 'exec cat "$0" > /dev/null', dest + '/train_0'], { stdio: 'inherit' });
     await channel.finished();
     console.log(JSON.stringify({
       megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
       bytes: channel.stats().bytes,
     }));`,
    { args: [scratch.dest, scratch.path('data')] },
  );
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(lines[0]!) as { megabytes: number; bytes: number };
}

/** A file of `bytes` that takes no room. */
function sparse(bytes: number): void {
  writeFileSync(scratch.path('data'), '');
  truncateSync(scratch.path('data'), bytes);
}

async function expectBounded(
  what: string,
  options: string,
  { bytes, below = AHEAD_MB }: { bytes: number; below?: number },
): Promise<number> {
  const measured = await stream(options);
  console.log(`${what}: peak ${measured.megabytes} MB`);
  expect(measured.bytes).toBe(bytes);
  expect(measured.megabytes).toBeLessThan(below);
  return measured.megabytes;
}

test('a file of 4 GB, raw and as RecordIO', async () => {
  sparse(4 * GB);
  await expectBounded('4 GB of a file, raw', 'source: path', { bytes: 4 * GB, below: FILES_MB });
  // Eight parts of 2^29 - 4 bytes, with a header each.
  const bytes = 4 * GB + 8 * 8;
  await expectBounded('4 GB of a file, RecordIO', 'source: path, recordio: true', { bytes, below: FILES_MB });
}, 120_000);

test('a body of 1 GB and one of 4 GB that are made in JavaScript take the same', async () => {
  const measure = (bytes: number) =>
    expectBounded(
      `${bytes / GB} GB of JavaScript, raw`,
      `source: [{ key: 'a', body: generated(${bytes}) }]`,
      { bytes },
    );
  const [little, much] = [await measure(GB), await measure(4 * GB)];
  // When V8 collects is a matter of chance: the same run takes from 170 to 320 MB. Three GB more would not fit in.
  expect(much).toBeLessThan(little + CHANCE_MB);
}, 120_000);

test('a body of 2 GB that is made in JavaScript, as RecordIO of a size', async () => {
  const bytes = 2 * GB + 4 * 8;
  await expectBounded(
    '2 GB of JavaScript, RecordIO',
    `source: { objects: () => [{ key: 'a', size: ${2 * GB}, open: generated(${2 * GB}) }] }, recordio: true`,
    { bytes },
  );
}, 120_000);

test('1 GB as RecordIO of no size, through a temporary file', async () => {
  const options = `source: [{ key: 'a', body: generated(${GB}) }], recordio: true`;
  await expectBounded('1 GB of JavaScript, RecordIO of no size', options, { bytes: GB + 2 * 8 });
}, 120_000);

test('a gzip object of 1 MB that inflates to 1 GB, raw and as RecordIO', async () => {
  const zeros = Readable.from(
    (function* () {
      for (let i = 0; i < 1000; i++) yield Buffer.alloc(1_000_000);
    })(),
  );
  await pipeline(zeros, createGzip({ level: 9 }), createWriteStream(scratch.path('data')));
  const raw = { bytes: GB, below: INFLATED_MB.raw };
  await expectBounded('1 GB inflated', 'source: path, gunzip: true', raw);
  const records = { bytes: GB + 2 * 8, below: INFLATED_MB.recordio };
  await expectBounded('1 GB inflated, RecordIO', 'source: path, gunzip: true, recordio: true', records);
}, 120_000);

test('a thousand objects that are read ahead of a reader, of 4 MB each', async () => {
  await expectBounded(
    '1,000 objects of 4 MB in JavaScript',
    `source: Array.from({ length: 1000 }, (_, i) => ({ key: String(i), body: generated(4_000_000) }))`,
    { bytes: 4 * GB },
  );
}, 120_000);
