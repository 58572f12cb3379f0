import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { UPPER_CASE } from './support/servers.js';
import { failureOf, useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

/** Answers slowly what is after the first objects. */
const SLOW = UPPER_CASE.replace('Math.random() * 5', 'busy++ && 0 || (seen++ < 4 ? 0 : 60_000)').replace(
  'let busy = 0;',
  'let busy = 0; let seen = 0;',
);

const OBJECTS = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`${index}`, `a${index}\nb${index}\n`]),
);
const OUTPUTS = Object.fromEntries(
  Object.entries(OBJECTS).map(([key, content]) => [`${key}.out`, content.toUpperCase()]),
);
const REQUEST = {
  input: { SplitType: 'Line' },
  BatchStrategy: 'SingleRecord',
  output: { AssembleWith: 'Line' },
} as const;

/** The first objects are there then, and one is half done. */
async function untilHalfDone(job: ReturnType<typeof transforms.start>): Promise<void> {
  await new Promise<void>((resolve) => {
    job.on('progress', ({ requests, objects }) => {
      if (objects === 2 && requests >= 5) resolve();
    });
    job.on('log', () => {
      const { requests, objects } = job.progress;
      if (objects === 2 && requests >= 5) resolve();
    });
  });
}

function expectWhole(written: Record<string, string>): void {
  expect(Object.keys(written).length).toBeGreaterThan(0);
  for (const [name, content] of Object.entries(written)) expect(content, name).toBe(OUTPUTS[name]);
}

async function finishAnew(): Promise<void> {
  await using again = transforms.start(REQUEST);
  expect(await again.finished()).toMatchObject({ status: 'Completed', objects: 8 });
  expect(transforms.written()).toEqual(OUTPUTS);
}

describe('an interrupted job leaves whole outputs only, and started again gives them all:', () => {
  test('stop()', async () => {
    transforms.put(OBJECTS);
    await using job = transforms.start(REQUEST, SLOW);
    const statuses: string[] = [];
    job.on('status', ({ status }) => statuses.push(status));
    await untilHalfDone(job);
    await job.stop();
    await job.stop();
    expect(await job.finished()).toMatchObject({ status: 'Stopped', objects: 2, failedObjects: 0 });
    expect(statuses).toEqual(['Stopping', 'Stopped']);
    expect(job.describe()).toMatchObject({
      TransformJobStatus: 'Stopped',
      TransformEndTime: expect.any(Date),
    });
    expectWhole(transforms.written());
    await finishAnew();
  });

  test('its signal', async () => {
    transforms.put(OBJECTS);
    const controller = new AbortController();
    await using job = transforms.start(REQUEST, SLOW, { signal: controller.signal });
    void untilHalfDone(job).then(() => controller.abort(new Error('enough')));
    const error = await failureOf(job);
    expect(error).toMatchObject({
      code: 'ABORTED',
      cause: { message: 'enough' },
      result: { status: 'Stopped' },
    });
    expectWhole(transforms.written());
    await finishAnew();
  });

  test('its disposal', async () => {
    transforms.put(OBJECTS);
    const job = transforms.start(REQUEST, SLOW);
    await untilHalfDone(job);
    await job[Symbol.asyncDispose]();
    expect(await job.finished()).toMatchObject({ status: 'Stopped' });
    expectWhole(transforms.written());
    await finishAnew();
  });

  test('the death of its process', async () => {
    transforms.put(OBJECTS);
    const program = `
      const { startTransformJob } = require('sagemaker-pipe-mode/serving');
      const [request, options] = JSON.parse(process.argv[1]);
      const job = startTransformJob(request, options);
      const look = () => {
        const { requests, objects } = job.progress;
        if (objects === 2 && requests >= 5) process.stdout.write('half done');
      };
      job.on('progress', look).on('log', look);
      job.finished().catch(console.error);`;
    const env = { ...process.env, [transforms.mark]: 'yes' };
    const options = {
      command: [process.execPath, '-e', SLOW, '--'],
      limits: { connectTimeoutMs: 10_000, pingTimeoutMs: 10_000 },
      directory: transforms.path('servers'),
    };
    const child = spawn(
      process.execPath,
      ['-e', program, JSON.stringify([transforms.request(REQUEST), options])],
      {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    rmSync(transforms.path('servers'), { recursive: true });
    const written = Object.entries(transforms.written());
    expectWhole(Object.fromEntries(written.filter(([name]) => !name.endsWith('.partial'))));
    await using again = transforms.start(REQUEST);
    await again.finished();
    expect(transforms.written()).toMatchObject(OUTPUTS);
  });
});

test('stopped before it begins, or while its servers start', async () => {
  transforms.put(OBJECTS);
  const before = transforms.start(REQUEST);
  await before.stop();
  expect(await before.finished()).toMatchObject({ status: 'Stopped', requests: 0 });
  await before[Symbol.asyncDispose]();

  await using while_ = transforms.start(REQUEST, 'setInterval(() => {}, 1000); console.log("starts")', {
    stopGraceMs: 100,
  });
  for await (const { text } of while_.logs()) if (text === 'starts') void while_.stop();
  expect(await while_.finished()).toMatchObject({ status: 'Stopped', requests: 0 });

  await using aborted = transforms.start(REQUEST, UPPER_CASE, { signal: AbortSignal.abort(new Error('no')) });
  expect(await rejection(aborted.finished())).toMatchObject({ code: 'ABORTED', name: 'PipeModeError' });
  expect(transforms.written()).toEqual({});
});
