import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { compileSnippets } from './compile.js';
import { readWhatItStreams, streamRecords } from './other-side.js';
import { inExampleDirectory, usePrograms } from './programs.js';
import { readExamples, type Snippet } from './snippets.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = readExamples(root);
const programs = usePrograms(root);

const runnable = examples.filter(({ kind }) => kind === 'run');
const reading = runnable.filter(({ code }) => /\b(readEpochs|collectEpochs)\(/.test(code));
const others = runnable.filter((example) => !reading.includes(example));

test('every @example is one block of TypeScript', () => {
  expect(examples.length).toBeGreaterThan(0);
  const wrong = examples.filter(({ kind, language }) => kind === undefined || language !== 'ts');
  expect(wrong.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

test('every @example compiles by itself', () => {
  expect(compileSnippets(root, examples)).toEqual([]);
}, 60_000);

test.each(others)(
  '$page:$line runs, and an algorithm gets something in every epoch that it streams',
  async (example) => {
    const epochs = await inExampleDirectory((directory) => run(example, directory));
    expect(epochs).not.toContain('');
  },
);

test.each(reading)('$page:$line reads a channel, and prints what it got', async (example) => {
  await inExampleDirectory(async (directory) => {
    await using _channel = await streamRecords(join(directory, 'ml/input/data'));
    const { stdout } = await programs.run(directory, start(example));
    expect(stdout).not.toBe('');
  });
});

test.each([
  ['as it is', '', (text: string) => text],
  ['with `gunzip: true`', 'gunzip: true,', gzipSync],
])('the example of a Transform makes upper case, %s', async (_name, option, pack) => {
  const example = examples.find(({ page }) => page === 'src/transform/transform.ts')!;
  const code = example.code.replace('transforms:', `${option} transforms:`);
  const epochs = await inExampleDirectory((directory) => {
    const data = join(directory, 'data/training');
    writeFileSync(join(data, 'part-0.csv'), pack('abc xyz'));
    writeFileSync(join(data, 'part-1.csv'), pack('`{é,1\n'));
    return run({ ...example, code }, directory);
  });
  expect(epochs).toEqual([Buffer.from('ABC XYZ`{é,1\n').toString('latin1')]);
});

/** Runs an example with an algorithm beside it, and answers what that got, epoch by epoch. */
async function run(example: Snippet, directory: string): Promise<string[]> {
  const dest = join(directory, 'ml/input/data');
  mkdirSync(dest, { recursive: true });
  const over = new AbortController();
  try {
    const reading = readWhatItStreams(example.code, dest, over.signal);
    const [epochs] = await Promise.all([reading, programs.run(directory, start(example))]);
    return epochs;
  } finally {
    over.abort();
  }
}

function start(example: Snippet): string[] {
  return ['--import', import.meta.resolve('tsx'), programs.write(example, '.mts')];
}
