// The harness of the guide and that of the examples end an algorithm with all processes that it has started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { createChannels } from 'sagemaker-pipe-mode';
import { describe, expect, test, vi } from 'vitest';

import { dataDirectory } from '../../examples/support/data.js';
import { runJob } from '../../examples/support/job.js';
import { processesOf } from '../support/process-group.js';
import { inExampleDirectory, usePrograms } from './programs.js';
import { readSnippets } from './snippets.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const programs = usePrograms(root);

/** Says which group it is, starts a process, reads the only epoch and waits for another one. */
function waitsForAnother(prefix: string): string {
  return `echo "group $$"; sleep 600 & cat ${prefix}_0 > read; until [ -p ${prefix}_1 ]; do sleep 0.1; done`;
}

describe('in the guide', () => {
  const snippet = readSnippets(root).find(
    ({ page, code }) => page === 'docs/harness.md' && code.includes('runAlgorithm'),
  )!;

  test.each([
    [
      'waits for an epoch that does not come',
      "source: './data', epochs: 1",
      'All epochs are over',
      undefined,
    ],
    ['runs when the harness is interrupted', "source: './data'", 'Interrupted.', 'SIGINT'],
    ['runs when the harness is to end', "source: './data'", 'Interrupted.', 'SIGTERM'],
  ] as const)('an algorithm that %s', async (_name, source, message, signal) => {
    const command = `cat validation_0 > other & ${waitsForAnother('training')}`;
    const code = snippet.code
      .replace('60_000', '1_000')
      .replace("source: './data'", source)
      .replace("'cat training_0 validation_0'", () => `'${command}'`);
    await inExampleDirectory(async (cwd) => {
      const args = ['--import', import.meta.resolve('tsx'), programs.write({ ...snippet, code }, '.mts')];
      const harness = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = once(harness, 'exit');
      const stderr = text(harness.stderr);
      const [line] = (await once(createInterface({ input: harness.stdout }), 'line')) as [string];
      if (signal) harness.kill(signal);
      expect(await ended).toEqual([1, null]);
      expect(await stderr).toContain(message);
      await expectNobodyIn(line);
    });
  });
});

describe('in the examples', () => {
  test('an algorithm that waits for an epoch that does not come', async () => {
    const lines: string[] = [];
    const algorithm = `cd $OPT_ML; cat input/data/validation_0 > other & ${waitsForAnother('input/data/train')}`;
    await expect(run(algorithm, lines)).rejects.toThrow('Does it wait for another epoch?');
    await expectNobodyIn(lines[0]!);
  });

  test('an algorithm that fails, and leaves a process', async () => {
    const lines: string[] = [];
    await expect(run('echo "group $$"; sleep 600 & exit 3', lines)).rejects.toThrow('ended with status 3');
    await expectNobodyIn(lines[0]!);
  });

  function run(algorithm: string, lines: string[]): Promise<unknown> {
    return runJob({
      command: ['sh', '-c', algorithm],
      channels: (dest) => createChannels({ source: dataDirectory, dest, epochs: 1 }),
      hyperparameters: {},
      onLine: (line) => lines.push(line),
    });
  }
});

async function expectNobodyIn(line: string): Promise<void> {
  const group = Number(/^group (\d+)$/.exec(line)?.[1]);
  expect(group).toBeGreaterThan(1);
  await vi.waitFor(() => expect(processesOf(group)).toEqual([]), { timeout: 10_000 });
}
