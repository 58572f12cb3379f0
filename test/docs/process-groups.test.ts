// The harness of the examples ends an algorithm with all processes that it has started.

import { createChannels } from 'sagemaker-pipe-mode';
import { describe, expect, test, vi } from 'vitest';

import { dataDirectory } from '../../examples/support/data.js';
import { runJob } from '../../examples/support/job.js';
import { processesOf } from '../support/process-group.js';

/** Says which group it is, starts a process, reads the only epoch and waits for another one. */
function waitsForAnother(prefix: string): string {
  return `echo "group $$"; sleep 600 & cat ${prefix}_0 > read; until [ -p ${prefix}_1 ]; do sleep 0.1; done`;
}

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
