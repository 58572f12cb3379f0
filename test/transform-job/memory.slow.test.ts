import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';

import { expect, test } from 'vitest';

import { useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

const MEGABYTE = 1024 * 1024;
const SIZE = 600 * MEGABYTE;

/** As large as what it gets, and slower than what sends it. */
const ECHO = `
const { createServer } = require('node:http');
createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part)).on('end', () => response.end(Buffer.concat(parts)));
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

async function writeLines(path: string, bytes: number): Promise<void> {
  const block = Buffer.from(`${'0123456789,'.repeat(9)}\n`.repeat(10_000));
  const file = createWriteStream(path);
  for (let written = 0; written < bytes; written += block.length)
    if (!file.write(block)) await once(file, 'drain');
  file.end();
  await once(file, 'close');
}

test.each([
  ['in payloads', 6, 4],
  ['streamed', 0, 1],
])(
  'an object is transformed in bounded memory, %s',
  { timeout: 300_000 },
  async (_, MaxPayloadInMB, atOnce) => {
    mkdirSync(transforms.objects);
    await writeLines(transforms.path('in', 'large.csv'), SIZE);
    await using job = transforms.start(
      { input: { SplitType: 'Line' }, MaxPayloadInMB, MaxConcurrentTransforms: atOnce },
      ECHO,
    );
    const before = process.memoryUsage().rss;
    let most = 0;
    job.on('progress', () => (most = Math.max(most, process.memoryUsage().rss)));
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
    try {
      const { inputBytes, outputBytes } = await job.finished();
      expect(inputBytes).toBeGreaterThan(SIZE);
      expect(outputBytes).toBe(inputBytes);
    } finally {
      clearInterval(timer);
    }
    expect(statSync(transforms.path('out', 'large.csv.out')).size).toBeGreaterThan(SIZE);
    // Payloads and answers under way, what is read ahead, and what nobody has collected yet: a fraction of the object.
    expect((most - before) / MEGABYTE).toBeLessThan(400);
  },
);
