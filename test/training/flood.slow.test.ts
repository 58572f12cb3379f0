import { expect, test } from 'vitest';

import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { runProgram } from '../support/program.js';

/** Two million lines, of which nobody reads any: more than the process may take. */
const LINES = 2_000_000;
const LINE = 'loss=0.25 and a line of eighty characters, as algorithms write them into their logs';
const FLOOD = `yes '${LINE}' | head -n ${LINES}; echo m > /opt/ml/model/m`;

/** What our process may take, in bytes: it begins with some 60 MB. */
const MOST = 160e6;

/** Runs a job in a process of its own, and answers what that has come to. */
async function flood(options: object): Promise<{ rss: number; logBytes: number; count: number }> {
  const source = `
    import { statSync } from 'node:fs';
    import { startTrainingJob } from 'sagemaker-pipe-mode/training';
    let rss = 0;
    const timer = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 20);
    const job = startTrainingJob(
      { AlgorithmSpecification: {
          TrainingInputMode: 'Pipe',
          ContainerEntrypoint: ['sh', '-c'],
          ContainerArguments: [process.argv[2]],
          MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
      } },
      JSON.parse(process.argv[1]),
    );
    const result = await job.finished();
    clearInterval(timer);
    console.log(JSON.stringify({ rss, logBytes: statSync(result.logFile).size, count: result.metrics[0].count }));
    await job[Symbol.asyncDispose]();`;
  const { lines, stderr } = await runProgram(source, { args: [JSON.stringify(options), FLOOD] });
  expect(stderr).toBe('');
  return JSON.parse(lines[0]!) as Awaited<ReturnType<typeof flood>>;
}

async function expectBounded(options: object): Promise<void> {
  const { rss, logBytes, count } = await flood(options);
  expect(count).toBe(LINES); // nothing is lost
  expect(logBytes).toBeGreaterThan(LINES * LINE.length);
  expect(rss).toBeLessThan(MOST);
}

test('an algorithm that writes a lot costs no memory', async () => {
  await expectBounded({ command: ['true'] });
}, 120_000);

describeWithEngine('in a container', () => {
  test('the same', async () => {
    await expectBounded({ image: TOOLS, container: { engine: engineHost } });
  }, 120_000);
});
