import type { TrainingJob, TrainingJobResult } from 'sagemaker-pipe-mode/training';
import { expect, test } from 'vitest';

import { summaryOf } from '../../src/cli/job-summary.js';

const nothing = { list: () => [] };
const result = {
  secondaryStatus: 'Completed',
  model: nothing,
  output: nothing,
  uploaded: {},
  metrics: [],
  findings: [],
} as unknown as TrainingJobResult;

test.each([
  [53, '53 ms'],
  [1200, '1.2 s'],
])('a job that took %i ms: not in whole seconds, as AWS has it', (ms, shown) => {
  const describe = () => ({
    TrainingStartTime: new Date(1000),
    TrainingEndTime: new Date(1000 + ms),
    TrainingTimeInSeconds: Math.ceil(ms / 1000),
  });
  const job = { name: 'my-job', describe } as unknown as TrainingJob;
  expect(summaryOf(job, result).split('\n')[0]).toBe(`Training job "my-job": Completed, after ${shown}`);
});

test('a job that was stopped before it began', () => {
  const job = { name: 'my-job', describe: () => ({}) } as unknown as TrainingJob;
  expect(summaryOf(job, result)).toContain('after 0 ms\n');
});
