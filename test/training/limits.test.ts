import type { TrainingJobOptions } from 'sagemaker-pipe-mode/training';
import { expect, test } from 'vitest';

import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const COUNT = `import json, os
base = '/opt/ml/input/'
parameters = json.load(open(base + 'config/hyperparameters.json'))
metrics = ' '.join('m%d=%d;' % (i, i) for i in range(40))
channels = [open(base + 'data/c%02d_0' % i).read() for i in range(19)]
variables = [value for name, value in os.environ.items() if name.startswith('LARGE_')]
print(metrics)
print(len(parameters), sum(map(len, parameters.values())), len(variables), sum(map(len, variables)), len(channels), flush=True)
open('/opt/ml/model/m', 'w').write('x')
`;

function entries(count: number, name: (index: number) => string, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 'é'.repeat(length)]));
}

/** As much as AWS's model lets a request have of everything that there may be much of. */
async function expectAll(options: TrainingJobOptions): Promise<void> {
  const names = Array.from({ length: 19 }, (_, index) => `c${String(index).padStart(2, '0')}`);
  const sources = names.map((name) => [name, { source: [{ key: 'k', body: name }] }] as const);
  await using job = jobs.start(
    {
      TrainingJobName: 'n'.repeat(63),
      HyperParameters: entries(100, (index) => `${index}${'h'.repeat(250)}`, 2500),
      Environment: entries(99, (index) => `LARGE_${index}_${'e'.repeat(490)}`, 512),
      AlgorithmSpecification: {
        TrainingInputMode: 'Pipe',
        ContainerEntrypoint: ['python3', '/opt/ml/input/data/code/train.py'],
        ContainerArguments: Array.from({ length: 100 }, () => 'a'.repeat(256)),
        MetricDefinitions: Array.from({ length: 40 }, (_, index) => ({
          Name: `m${index}`,
          Regex: `m${index}=([0-9]+);`,
        })),
      },
    },
    {
      ...options,
      channels: {
        code: { source: [{ key: 'train.py', body: COUNT }], inputMode: 'File' },
        ...Object.fromEntries(sources),
      },
    },
  );
  const { metrics, findings } = await job.finished();
  const lines: string[] = [];
  for await (const { text } of job.logs()) lines.push(text);
  expect(lines.at(-1)).toBe(`100 250000 99 ${99 * 512} 19`);
  expect(metrics.map(({ last }) => last?.value)).toEqual(metrics.map((_, index) => index));
  expect(findings).toEqual([]);
}

test('a request as large as it may be', async () => {
  await expectAll({ command: ['true'] });
});

describeWithEngine('in a container', () => {
  test('the same', async () => {
    await expectAll({ image: TOOLS, container: { engine: engineHost } });
  });
});
