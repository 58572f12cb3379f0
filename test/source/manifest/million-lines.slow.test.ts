import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { runProgram } from '../../support/program.js';
import { useScratch } from '../../support/scratch.js';

const scratch = useScratch();

const LINES = 1_000_000;
const LIMIT_KIB = 150_000;

/**
 * Streams an epoch to `cat`, and prints how much memory that took at most, in KiB, without the pages of Node's own
 * program, which all processes share.
 */
const PROGRAM = `
  import { spawn } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  import { augmentedManifestSource, createChannel } from 'sagemaker-pipe-mode';
  const [manifest, dest, options] = process.argv.slice(1);
  const channel = createChannel({
    name: 'train',
    source: augmentedManifestSource(manifest, { attributeNames: ['label', 'text'] }),
    dest,
    epochs: 1,
    ...JSON.parse(options),
  });
  await channel.start();
  const [path, copy] = [dest + '/train_0', manifest + '.sent'];
  spawn('sh', ['-c', 'cat "$0" > "$1"', path, copy]);
  await channel.finished();
  const shared = Number(/RssFile:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const { objects, bytes } = channel.stats();
  console.log(JSON.stringify({ objects, bytes, peak: process.resourceUsage().maxRSS - shared }));
`;

test.each([
  ['in order', {}],
  ['shuffled', { shuffle: { seed: 7 } }],
])(
  'an augmented manifest of a million lines streams within 150 MB of its own, %s',
  async (_name, options) => {
    const { bytes, sum } = await writeManifest(scratch.path('m'));
    const { code, lines, stderr } = await runProgram(PROGRAM, {
      args: [scratch.path('m'), scratch.dest, JSON.stringify(options)],
      // As on Node 20: later ones let V8's young generation grow to three times that, whatever a program keeps.
      env: { NODE_OPTIONS: '--max-semi-space-size=16' },
    });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const found = JSON.parse(lines[0]!);
    expect(found).toMatchObject({ objects: 2 * LINES, bytes });
    expect(sumOf(readFileSync(scratch.path('m.sent')))).toBe(sum);
    expect(found.peak).toBeLessThan(LIMIT_KIB);
  },
  180_000,
);

/** Answers how many bytes the two attributes have in all lines together, and their sum. */
async function writeManifest(path: string): Promise<{ bytes: number; sum: number }> {
  const file = createWriteStream(path);
  let bytes = 0;
  let sum = 0;
  for (let page = 0; page < LINES / 1000; page++) {
    let text = '';
    for (let i = page * 1000; i < (page + 1) * 1000; i++) {
      text += `{"id": ${i}, "text": "the text of line ${i}, of some length", "label": ${i % 10}}\n`;
      for (const value of [`the text of line ${i}, of some length`, String(i % 10)]) {
        bytes += value.length;
        for (let at = 0; at < value.length; at++) sum += value.charCodeAt(at);
      }
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return { bytes, sum };
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}
