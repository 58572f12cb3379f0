import type { TrainingJobOptions } from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

/** Ignores whatever can be ignored, and so does what it leaves in sessions of their own. */
const STUBBORN = `import os, signal, time
for number in signal.valid_signals():
    try: signal.signal(number, signal.SIG_IGN)
    except OSError: pass
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() != 0: os._exit(0)
        break
os.write(1, b'ready\\n') # whole, beside the others: Python is unbuffered here
while True: time.sleep(1)
`;

const PLACES: [string, () => TrainingJobOptions][] = [
  ['in a namespace', () => ({ command: ['true'] })],
  ['without one', () => ({ command: ['true'], isolation: 'none' })],
];
const IN_CONTAINER: typeof PLACES = [
  ['in a container', () => ({ image: TOOLS, container: { engine: engineHost } })],
];

function start(options: TrainingJobOptions, seconds = 3600) {
  return jobs.start(
    {
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        ContainerEntrypoint: [
          'sh',
          '-c',
          'exec python3 ${SAGEMAKER_BASE_DIR:-/opt/ml}/input/data/code/train.py',
        ],
      },
      StoppingCondition: { MaxRuntimeInSeconds: seconds },
    },
    { stopGraceMs: 100, ...options, channels: { code: { source: [{ key: 'train.py', body: STUBBORN }] } } },
  );
}

function endings(places: typeof PLACES): void {
  describe.each(places)('an algorithm that ignores every signal, %s', (_place, options) => {
    test('is stopped', async () => {
      await using job = start(options());
      for await (const { text } of job.logs()) if (text === 'ready') break;
      await job.stop();
      const { status, signal, findings } = await job.finished();
      expect({ status, signal }).toEqual({ status: 'Stopped', signal: 'SIGKILL' });
      expect(findings.map(({ id }) => id)).toContain('sigterm-ignored');
    });

    test('is aborted', async () => {
      const controller = new AbortController();
      await using job = start({ ...options(), signal: controller.signal });
      for await (const { text } of job.logs()) if (text === 'ready') break;
      controller.abort();
      expect(await rejection(job.finished())).toMatchObject({ code: 'ABORTED', signal: 'SIGKILL' });
    });

    test('has its time, and no more', async () => {
      await using job = start(options(), 1);
      const error = await rejection(job.finished());
      expect(error).toMatchObject({ code: 'TRAINING_JOB_TIMED_OUT' });
      expect(job.describe().SecondaryStatus).toBe('MaxRuntimeExceeded');
    });

    test('is disposed of', async () => {
      await using job = start(options());
      for await (const { text } of job.logs()) if (text === 'ready') break;
    });
  });
}

endings(PLACES);
describeWithEngine('with an engine', () => endings(IN_CONTAINER));
