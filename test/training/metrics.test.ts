import type { MetricEvent } from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { compileMetrics } from '../../src/training/metrics/metric-expression.js';
import { Metrics } from '../../src/training/metrics/metrics.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const NOW = new Date();

function metricsOf(definitions: Record<string, string>): Metrics {
  const list = Object.entries(definitions).map(([Name, Regex]) => ({ Name, Regex }));
  const { metrics, problems } = compileMetrics(list);
  expect(problems).toEqual([]);
  return new Metrics(metrics);
}

const valuesIn = async (metrics: Metrics, lines: readonly string[]) =>
  (await metrics.find([{ lines: lines.map((text) => ({ text })), time: NOW }], 'algo-1')).map(
    ({ name, value }) => `${name}=${value}`,
  );

describe('what is found in lines', () => {
  test('is the number in the first group, line by line', async () => {
    const metrics = metricsOf({ loss: 'loss=([-+.e0-9]+)', accuracy: 'acc: (?P<value>\\S+)' });
    const lines = ['acc: 0.5 loss=1e-3', 'nothing', 'loss=-2 loss=3', 'acc: nan', 'acc: 1'];
    expect(await valuesIn(metrics, lines)).toEqual(['loss=0.001', 'accuracy=0.5', 'loss=-2', 'accuracy=1']);
    expect(metrics.summaries).toMatchObject([
      { name: 'loss', count: 2, matches: 2, last: { value: -2, time: NOW, host: 'algo-1' } },
      { name: 'accuracy', count: 2, matches: 3, last: { value: 1 } },
    ]);
  });

  test('has no value without a group, or in one that took no part', async () => {
    const metrics = metricsOf({ none: 'loss=.*', optional: 'x(=[0-9]+)?', empty: 'y=([0-9]*)' });
    expect(await valuesIn(metrics, ['loss=1', 'x', 'y='])).toEqual([]);
    expect(metrics.summaries.map(({ matches }) => matches)).toEqual([1, 1, 1]);
  });

  test('is nothing for an expression that takes for ever, and the others go on', async () => {
    const metrics = metricsOf({ good: 'loss=([0-9]+)', bad: '(a+)+b', also: 'n=([0-9]+)' });
    const hostile = 'a'.repeat(50);
    const began = performance.now();
    expect(await valuesIn(metrics, ['loss=1', hostile, 'n=2'])).toEqual(['good=1', 'also=2']);
    expect(metrics.summaries.map(({ isTooSlow }) => isTooSlow)).toEqual([false, false, false]);
    expect(await valuesIn(metrics, [hostile, hostile, 'loss=3'])).toEqual(['good=3']);
    expect(performance.now() - began).toBeLessThan(15_000); // without the limit: years
    expect(metrics.summaries.map(({ isTooSlow }) => isTooSlow)).toEqual([false, true, false]);
  });

  test('is in the lines around one that takes for ever, too', async () => {
    const metrics = metricsOf({ mixed: '(?:a+)+b|n=([0-9]+)' });
    expect(await valuesIn(metrics, ['n=1', 'a'.repeat(50), 'n=2'])).toEqual(['mixed=1', 'mixed=2']);
  });

  test('is in the first 2,048 characters of a line, and a long one harms none of those that follow', async () => {
    const definitions = Array.from({ length: 40 }, (_, index) => [
      `m${index}`,
      `.*x${index}=(\\d+).*y=(\\d+)`,
    ]);
    const metrics = metricsOf(Object.fromEntries(definitions) as Record<string, string>);
    const pad = 'a'.repeat(2041);
    expect(await valuesIn(metrics, ['a'.repeat(300_000)])).toEqual([]);
    expect(await valuesIn(metrics, [`${pad}x1=1y=2`, `${pad}x1=1xy=2`, 'x2=3 y=4'])).toEqual([
      'm1=1',
      'm2=3',
    ]);
    const lines = definitions.map((_, index) => `x${index}=1 y=2`);
    expect(await valuesIn(metrics, lines)).toEqual(definitions.map(([name]) => `${name}=1`));
  });

  test('is in what a progress bar writes over itself', async () => {
    const metrics = metricsOf({ loss: '^epoch .*loss=([0-9.]+)', all: '([0-9]+)%' });
    const bar = Array.from({ length: 100 }, (_, index) => `epoch ${index}%|###| loss=${index}`);
    const values = await valuesIn(metrics, [`\r${bar.join('\r')}`]);
    expect(values).toEqual(bar.flatMap((_, index) => [`loss=${index}`, `all=${index}`]));
  });
});

test('expressions that take for ever stop nobody else, however many there are', async () => {
  const definitions = Array.from({ length: 39 }, (_, index) => ({ Name: `bad-${index}`, Regex: '(a+)+b' }));
  await using job = jobs.python(
    `print(('a' * 50 + '\\n') * 3); print('x' * 10_000_000); print('loss=1'); open('/opt/ml/model/m', 'w').write('x')`,
    {
      AlgorithmSpecification: {
        TrainingInputMode: 'Pipe',
        MetricDefinitions: [...definitions, { Name: 'loss', Regex: 'loss=([0-9]+)' }],
      },
    },
  );
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const { metrics, findings } = await job.finished();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(definitions.length); // the event loop came round after each of them
  expect(metrics.map(({ isTooSlow }) => isTooSlow)).toEqual([...definitions.map(() => true), false]);
  expect(metrics.at(-1)).toMatchObject({ count: 1, last: { value: 1 } });
  expect(findings.map(({ id }) => id)).toEqual([...definitions.map(() => 'metric-too-slow')]);
});

test('an expression that is none is a problem, with its place', () => {
  expect(compileMetrics([{ Name: 'a', Regex: '(' }]).problems).toMatchObject([
    { path: 'AlgorithmSpecification.MetricDefinitions[0].Regex', value: '(' },
  ]);
});

test('metrics of a job come as they are written, and its description has the last', async () => {
  const events: MetricEvent[] = [];
  await using job = jobs.sh(
    'for i in 1 2 3; do echo "epoch $i loss=0.$i"; echo "size=$i" >&2; done; echo m > $ML/model/m',
    {
      AlgorithmSpecification: {
        TrainingInputMode: 'Pipe',
        MetricDefinitions: [
          { Name: 'loss', Regex: 'loss=([0-9.]+)' },
          { Name: 'size', Regex: 'size=([0-9]+)' },
        ],
      },
    },
  );
  job.on('metric', (event) => events.push(event));
  const result = await job.finished();
  const valuesOf = (name: string) => events.filter((event) => event.name === name).map(({ value }) => value);
  expect(valuesOf('loss')).toEqual([0.1, 0.2, 0.3]);
  expect(valuesOf('size')).toEqual([1, 2, 3]);
  expect(events[0]).toMatchObject({ host: 'algo-1', time: expect.any(Date) });
  const final = job.describe().FinalMetricDataList.map(({ MetricName, Value }) => [MetricName, Value]);
  expect(final).toEqual([
    ['loss', 0.3],
    ['size', 3],
  ]);
  expect(result.metrics.map(({ count }) => count)).toEqual([3, 3]);
  expect(result.findings).toEqual([]);
});
