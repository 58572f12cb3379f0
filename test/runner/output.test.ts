import { setTimeout as delay } from 'node:timers/promises';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LineSplitter, LONGEST_LINE } from '../../src/runner/output/log-lines.js';
import { PIPE_BYTES } from '../../src/runner/output/pipe.js';
import type { LogLine } from '../../src/runner/runner.js';
import { linesOf, useJob } from './support/algorithm.js';

const job = useJob();

/** The text of all lines of bytes that come in these pieces. */
function split(pieces: readonly Uint8Array[]): string[] {
  const splitter = new LineSplitter();
  const lines = [...pieces.flatMap((piece) => splitter.push(Buffer.from(piece))), ...splitter.end()];
  return lines.map(({ text }) => text);
}

test('lines are the same, however the bytes come', () => {
  const bytes = fc
    .uint8Array({ maxLength: 200 })
    .map((all) => all.map((byte) => (byte % 5 === 0 ? 10 : byte)));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(200)), (all, cuts) => {
      const at = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
      const pieces = at.slice(1).map((end, index) => all.subarray(at[index], end));
      const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(all).split('\n');
      if (lines.at(-1) === '') lines.pop();
      const expected = lines.map((line, index) =>
        index < lines.length - 1 || all.at(-1) === 10 ? line.replace(/\r$/, '') : line,
      );
      expect(split(pieces)).toEqual(expected);
    }),
  );
});

test('a line that is too long comes in parts, none of which splits a character', () => {
  const splitter = new LineSplitter();
  const long = `${'x'.repeat(LONGEST_LINE - 1)}😀${'y'.repeat(LONGEST_LINE)}`;
  const lines = [
    ...splitter.push(Buffer.from(long)),
    ...splitter.push(Buffer.from('\nshort')),
    ...splitter.end(),
  ];
  expect(lines.map(({ continues }) => continues)).toEqual([true, true, false, false]);
  expect(
    lines
      .slice(0, 3)
      .map(({ text }) => text)
      .join('') === long,
  ).toBe(true);
  expect(lines.map(({ text }) => text === Buffer.from(text).toString())).toEqual([true, true, true, true]);
  expect(lines[3]!.text).toBe('short');
});

test('nothing is lost of many lines, and of a last one without an end', async () => {
  await using program = await job.start(['sh', '-c', 'seq 100000; printf end']);
  const lines = await linesOf(program.stdout);
  expect(lines).toHaveLength(100_001);
  expect(lines.slice(0, 100_000).every((line, index) => line === String(index + 1))).toBe(true);
  expect(lines.at(-1)).toBe('end');
});

test('who does not read holds the program up, and memory has a bound', async () => {
  await using program = await job.start(['sh', '-c', 'yes $(seq -s - 30) | head -c 20000000; echo done >&2']);
  const sizes: number[] = [];
  const note = (lines: readonly LogLine[]) =>
    sizes.push(lines.reduce((sum, { text }) => sum + text.length + 1, 0));
  for await (const lines of program.stdout) {
    note(lines);
    break;
  }
  // The program cannot go on: what it waits for is room in the pipe.
  const isFull = async (): Promise<boolean> =>
    (await program.waits()).some(({ waits }) => waits.some(({ kind }) => kind === 'writePipe'));
  while (!(await isFull())) await delay(5);
  for await (const lines of program.stdout) note(lines);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(PIPE_BYTES + 64 * 1024); // with what was read last
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect([20_000_000, 20_000_001]).toContain(total); // the last line may have no end
  expect(await linesOf(program.stderr)).toEqual(['done']);
});

test('output can be read after the program has ended', async () => {
  await using program = await job.start(['sh', '-c', 'echo out; echo err >&2']);
  await program.exited;
  expect([await linesOf(program.stdout), await linesOf(program.stderr)]).toEqual([['out'], ['err']]);
});

test('nobody has to read it', async () => {
  await using program = await job.start(['sh', '-c', 'yes']);
  expect(await program.stop({ graceMs: 0 })).toMatchObject({ signal: 'SIGKILL' });
});
