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

test('the fixtures of the guide stop a channel whose test fails, or takes too long', async () => {
  const start = `
    await makeChannel({ name: 'training', source: [{ key: 'a', body: 'x' }] }).start();
    console.log('made ' + dest);`;
  const code = `${guide('base.extend')}
    test('fails', async ({ dest, makeChannel }) => {${start}
      expect(1).toBe(2);
    });
    test('takes too long', async ({ dest, makeChannel }) => {${start}
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
    /All epochs are over/,
  ],
  [
    'reads nothing, and heeds no SIGTERM',
    'trap "" TERM; while :; do sleep 0.1; done',
    /it had waited .* for a reader/,
  ],
])(
  'an algorithm that %s fails the guide’s test, and leaves no process',
  async (_name, algorithm, message) => {
    const { output } = await vitest.run({ fails: runsAlgorithm(algorithm, 5_000) }, setups);
    expect(output).toMatch(/Tests .*1 failed/);
    expect(output).toMatch(message);
    await expectNobodyIn(output);
  },
  90_000,
);

test('Ctrl-C ends an algorithm that does not read', async () => {
  const test = runsAlgorithm('while :; do sleep 0.1; done', 600_000);
  const { output } = await vitest.run({ interrupted: test }, setups, /^group \d+$/m);
  await expectNobodyIn(output);
}, 60_000);

/** A test that runs an algorithm as the guide does. The algorithm says which group it is, and starts a process. */
function runsAlgorithm(algorithm: string, openTimeoutMs: number): string {
  return `${guide('runAlgorithm')}
    test('runs an algorithm', async () => {
      const dest = await mkdtemp(join(tmpdir(), 'channel-'));
      onTestFinished(() => rm(dest, { recursive: true }));
      const source = [{ key: 'a', body: 'x' }];
      await using channel = createChannel({ name: 'training', source, dest, epochs: 1, openTimeoutMs: ${openTimeoutMs} });
      await channel.start();
      await runAlgorithm(\`echo "group $$"; sleep 600 & ${algorithm}\`, channel);
    });`;
}

async function expectNobodyIn(output: string): Promise<void> {
  const group = Number(/^group (\d+)$/m.exec(output)?.[1]);
  expect(group, output).toBeGreaterThan(1);
  await vi.waitFor(() => expect(processesOf(group)).toEqual([]), { timeout: 10_000 });
}

/** What the guide defines beside its test. */
function guide(part: string): string {
  const { code } = tests.find(({ page, code }) => page === 'docs/vitest.md' && code.includes(part))!;
  return code.slice(0, code.indexOf("\ntest('"));
}
