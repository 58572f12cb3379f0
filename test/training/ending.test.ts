import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, expect, test, vi } from 'vitest';

import { startTrainingJob } from '../../src/training/index.js';
import { Attempt } from '../../src/training/attempt.js';
import { findIn } from '../../src/training/findings/find.js';
import type { Evidence } from '../../src/training/findings/finding.js';
import { HostRun } from '../../src/training/host-run.js';
import { rejection } from '../support/expected-errors.js';

afterEach(() => vi.restoreAllMocks());

test('a look that fails finds nothing, and the others go on', () => {
  const host = { host: 'algo-1', hosts: ['algo-1'], exit: { code: 0, signal: null } } as unknown as Evidence;
  const stall = { ms: 1000, situations: [], waits: ['"sh" sleeps'] };
  const findings = findIn({ hosts: [host], metrics: [], stall, byLocalhost: [] });
  expect(findings.map(({ id }) => id)).toEqual(['stalled']);
});

test('a job of which nothing can be found out has ended all the same', async () => {
  vi.spyOn(Attempt.prototype, 'evidence').mockImplementation(() => {
    throw new Error('out of luck');
  });
  await using job = startTrainingJob(
    {},
    { command: ['echo', 'hello'], channels: { training: { source: [{ key: 'k', body: 'x' }] } } },
  );
  const texts: string[] = [];
  const reading = (async () => {
    for await (const { text } of job.logs()) texts.push(text);
  })();
  expect(await rejection(job.finished())).toMatchObject({
    code: 'TRAINING_JOB_FAILED',
    message: expect.stringContaining('out of luck') as string,
  });
  await reading; // to its end
  expect(texts).toEqual(['hello train']);
  expect(job.describe()).toMatchObject({
    SecondaryStatus: 'Failed',
    FailureReason: 'InternalServerError: out of luck',
  });
  expect(job.channels.map(({ channel }) => channel.state)).toEqual(['stopped']);
  await job.stop(); // has ended
});

test('a host that cannot be started when another one has failed is the reason', async () => {
  const start = Object.getOwnPropertyDescriptor(HostRun.prototype, 'start')!.value as HostRun['start'];
  vi.spyOn(HostRun.prototype, 'start').mockImplementation(async function (this: HostRun, ending) {
    if (this.name === 'algo-2') {
      await delay(1500); // the other one has failed then
      throw new Error('no room');
    }
    await start.call(this, ending);
  });
  const request = { ResourceConfig: { InstanceCount: 2 } };
  await using job = startTrainingJob(request, { command: ['sh', '-c', 'exit 3'] });
  const error = await rejection(job.finished());
  expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', failureReason: 'InternalServerError: no room' });
  const statuses = job.describe().SecondaryStatusTransitions.map(({ Status }) => Status);
  expect(statuses).toEqual(['Starting', 'Downloading', 'Training', 'Failed']);
});
