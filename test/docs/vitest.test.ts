import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test, vi } from 'vitest';

import { processesOf } from '../support/process-group.js';
import { readExamples, readSnippets } from './snippets.js';
import { useVitestProjects } from './vitest-projects.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const snippets = [...readSnippets(root), ...readExamples(root)];
const tests = snippets.filter(({ kind }) => kind === 'vitest');
const setups = snippets.filter(({ kind }) => kind === 'vitest setup');
const vitest = useVitestProjects(root);

const LEAVES = `
import { createChannel } from 'sagemaker-pipe-mode';
import { expect, test } from 'vitest';

test('leaves a channel', async () => {
  await createChannel({ name: 'left', source: [{ key: 'a', body: 'x' }], dest: './ml' }).start();
});
`;

const GUIDE = `
import { fixtures, type HarnessFixtures } from 'sagemaker-pipe-mode/testing';
import { expect, test as base } from 'vitest';

const test = base.extend<HarnessFixtures>(fixtures);
`;

test('what is for Vitest passes in Vitest', async () => {
  const files = tests.map(({ page, line, code }) => [`${page.replaceAll('/', '-')}-${line}`, code]);
  const { status, output } = await vitest.run(Object.fromEntries(files) as Record<string, string>, setups);
  expect(status, output).toBe(0);
}, 90_000);

test.each(setups)(
  'with $page:$line a file that leaves a channel fails, and says where',
  async (setup) => {
    const { status, output } = await vitest.run({ leaves: LEAVES }, [setup]);
    expect(output).toContain('"left", made at');
    expect(output).toMatch(/leaves\.test\.ts:6:/);
    expect(status, output).toBe(1);
  },
  60_000,
);

test('the fixture stops what a test has begun that fails, or takes too long', async () => {
  const start = `
    const { dest, startChannel, runAlgorithm } = harness;
    await startChannel({ name: 'training', source: [{ key: 'a', body: 'x' }] });
    console.log('made ' + dest);`;
  const code = `${GUIDE}
    test('fails', async ({ harness }) => {${start}
      expect(1).toBe(2);
    });
    test('takes too long', async ({ harness }) => {${start}
      await new Promise(() => {});
    }, 2_000);`;
  const { output } = await vitest.run({ fails: code }, setups);
  expect(output).toMatch(/Tests .*2 failed/);
  expect(output).not.toContain('were not stopped');
  const made = [...output.matchAll(/^made (.*)$/gm)].map(([, dest = '']) => dest);
  expect(made).toHaveLength(2);
  expect(made.filter((dest) => existsSync(dest))).toEqual([]);
}, 60_000);

test.each([
  [
    'waits for one epoch too many',
    'cat training_0; until [ -p training_1 ]; do sleep 0.1; done',
    /ran for longer than `timeoutMs`, [^]*training: finished, in epoch 0/,
  ],
  [
    'reads nothing, and heeds no SIGTERM',
    'trap "" TERM; while :; do sleep 0.1; done',
    /training: waited .* for somebody to open training_0/,
  ],
])(
  'an algorithm that %s fails its test, and leaves no process',
  async (_name, algorithm, message) => {
    const { output } = await vitest.run({ fails: runsAlgorithm(algorithm, 'await', 5_000) }, setups);
    expect(output).toMatch(/Tests .*1 failed/);
    expect(output).toMatch(message);
    await expectNobodyIn(output);
  },
  90_000,
);

test('an algorithm that nobody waits for fails its test, and leaves no process', async () => {
  const code = runsAlgorithm('while :; do sleep 0.1; done', 'void', 60_000);
  const { output } = await vitest.run({ fails: code }, setups);
  expect(output).toMatch(/Tests .*1 failed/);
  expect(output).toMatch(/These were left when the test was over, and were ended:\nthe algorithm "sh -c /);
  await expectNobodyIn(output);
}, 60_000);

test('Ctrl-C ends an algorithm that does not read', async () => {
  const test = runsAlgorithm('while :; do sleep 0.1; done', 'await', 600_000);
  const { output } = await vitest.run({ interrupted: test }, setups, /^group \d+$/m);
  await expectNobodyIn(output);
}, 60_000);

/** A test that runs an algorithm. The algorithm starts a process, and the test says which group it is. */
function runsAlgorithm(algorithm: string, wait: 'await' | 'void', timeout: number): string {
  return `${GUIDE}
    test('runs an algorithm', async ({ harness: { dest, startChannel, startAlgorithm } }) => {
      await startChannel({ name: 'training', source: [{ key: 'a', body: 'x' }], epochs: 1 });
      const algorithm = await startAlgorithm(['sh', '-c', \`sleep 600 & ${algorithm}\`], { cwd: dest });
      console.log('group ' + algorithm.pid);
      ${wait} algorithm.finished();
    }, ${timeout});`;
}

async function expectNobodyIn(output: string): Promise<void> {
  const group = Number(/^group (\d+)$/m.exec(output)?.[1]);
  expect(group, output).toBeGreaterThan(1);
  await vi.waitFor(() => expect(processesOf(group)).toEqual([]), { timeout: 10_000 });
}
