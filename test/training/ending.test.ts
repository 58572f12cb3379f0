import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, expect, test, vi } from 'vitest';

import { HostLog } from '../../src/logs/host-log.js';
import { RunningProcess } from '../../src/runner/running-process.js';
import { startTrainingJob } from '../../src/training/index.js';
import { Attempt } from '../../src/training/attempt.js';
import { findIn } from '../../src/training/findings/find.js';
import type { Evidence } from '../../src/training/findings/finding.js';
import { HostRun } from '../../src/training/host-run.js';
import { Metrics } from '../../src/training/metrics/metrics.js';
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

test('the channels of a program that cannot be disposed of are stopped, when it has ended', async () => {
  const dispose = Object.getOwnPropertyDescriptor(RunningProcess.prototype, Symbol.asyncDispose)!
    .value as () => Promise<void>;
  let hasEnded = false;
  vi.spyOn(RunningProcess.prototype, Symbol.asyncDispose).mockImplementation(async function (
    this: RunningProcess,
  ) {
    await dispose.call(this);
    hasEnded = true;
    throw new Error('its container cannot be removed');
  });
  await using job = startTrainingJob(
    {},
    { command: ['true'], channels: { training: { source: [{ key: 'k', body: 'x' }] } } },
  );
  const stopped = new Promise<boolean>((resolve) =>
    job.channels[0]!.channel.on('stop', () => resolve(hasEnded)),
  );
  await job.finished().catch(() => undefined);
  expect(job.channels.map(({ channel }) => channel.state)).toEqual(['stopped']);
  expect(await stopped).toBe(true);
});

test.each(['namespace', 'none'] as const)(
  'what a program has left is collected also if its log cannot be written (isolation: %s)',
  async (isolation) => {
    vi.spyOn(HostLog.prototype, 'append').mockRejectedValue(new Error('the disk is full'));
    const collect = vi.spyOn(RunningProcess.prototype, 'collect');
    await using job = startTrainingJob({}, { command: ['echo', 'hello'], isolation });
    expect(await rejection(job.finished())).toMatchObject({
      code: 'TRAINING_JOB_FAILED',
      message: expect.stringContaining('the disk is full') as string,
    });
    expect(collect).toHaveBeenCalledOnce();
  },
);

test('lines that take long to deal with are not lost, also where a process may have got away', async () => {
  const find = vi.spyOn(Metrics.prototype, 'find');
  find.mockImplementationOnce(async () => {
    await delay(2500); // more is in memory and in the pipe by then than may wait
    return [];
  });
  const script = 'import sys; sys.stdout.write("".join("line %d\\n" % i for i in range(60000)))';
  await using job = startTrainingJob({}, { command: ['python3', '-c', script], isolation: 'none' });
  const texts: string[] = [];
  job.on('log', ({ text }) => void texts.push(text));
  await job.finished();
  expect(texts).toEqual(Array.from({ length: 60_000 }, (_, index) => `line ${index}`));
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
