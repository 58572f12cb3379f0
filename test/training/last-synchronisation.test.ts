import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startImpatiently } from './support/start-impatiently.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();
const EMPTY =
  '<ListBucketResult><Name>b</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>';
const CHECKPOINTS = { CheckpointConfig: { S3Uri: 's3://bucket/checkpoints' } };

/** An S3 that has nothing, and never answers whoever writes. */
let server: Server;
let writes = 0;
beforeEach(async () => {
  writes = 0;
  server = createServer((request, response) => {
    request.resume();
    if (request.method === 'GET') response.setHeader('content-type', 'application/xml').end(EMPTY);
    else writes++;
  }).listen(0);
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const s3 = () => ({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
});
const isWriting = () => vi.waitFor(() => expect(writes).toBeGreaterThan(0), 10_000);

test('it ends with the signal of the job', { timeout: 30_000 }, async () => {
  const controller = new AbortController();
  await using job = jobs.sh('echo 1 > $ML/checkpoints/c', CHECKPOINTS, {
    s3: s3(),
    signal: controller.signal,
  });
  const failure = failureOf(job);
  await isWriting();
  controller.abort('enough');
  expect(await failure).toMatchObject({ code: 'ABORTED', cause: 'enough', status: 'Stopped', exitCode: 0 });
});

test('it ends with the signal when the job was stopped before', { timeout: 30_000 }, async () => {
  const controller = new AbortController();
  await using job = jobs.sh('echo 1 > $ML/checkpoints/c; echo ready; exec sleep 1000', CHECKPOINTS, {
    s3: s3(),
    signal: controller.signal,
    stopGraceMs: 200,
  });
  const failure = failureOf(job);
  for await (const { text } of job.logs()) if (text === 'ready') break;
  void job.stop();
  await isWriting();
  controller.abort('enough');
  expect(await failure).toMatchObject({ code: 'ABORTED', cause: 'enough', status: 'Stopped' });
});

test('it ends with MaxRuntimeInSeconds', { timeout: 30_000 }, async () => {
  const request = { ...CHECKPOINTS, StoppingCondition: { MaxRuntimeInSeconds: 2 } };
  await using job = jobs.sh('echo 1 > $ML/checkpoints/c', request, { s3: s3() });
  expect(await failureOf(job)).toMatchObject({ code: 'TRAINING_JOB_TIMED_OUT', exitCode: 0 });
  expect(job.describe().SecondaryStatus).toBe('MaxRuntimeExceeded');
});

test('it ends with disposal', { timeout: 30_000 }, async () => {
  const job = jobs.sh('echo 1 > $ML/checkpoints/c', CHECKPOINTS, { s3: s3() });
  const finished = job.finished();
  await isWriting();
  await job[Symbol.asyncDispose]();
  expect((await finished).status).toBe('Stopped');
});

const SAVED = 'echo 1 > $ML/checkpoints/c';
const GIVEN_UP =
  /^The last synchronisation of the checkpoints was given up after 0.3 s, because the job was to end/;

test.each([
  ['when it is under way', SAVED],
  ['when the algorithm runs', `${SAVED}; echo ready; exec sleep 1000`],
])('it is given up some time after stop() %s: the job has failed', { timeout: 30_000 }, async (_, script) => {
  await using job = startImpatiently(300, script, CHECKPOINTS, { s3: s3(), stopGraceMs: 0 });
  const failure = failureOf(job);
  if (script === SAVED) await isWriting();
  else for await (const { text } of job.logs()) if (text === 'ready') break;
  await job.stop();
  const error = await failure;
  expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', cause: { code: 'ABORTED' } });
  expect((error.cause as Error).message).toMatch(GIVEN_UP);
});

test('it is given up some time after the job was aborted: that is how it has ended', async () => {
  const controller = new AbortController();
  const script = `${SAVED}; echo ready; exec sleep 1000`;
  const options = { s3: s3(), stopGraceMs: 0, signal: controller.signal };
  await using job = startImpatiently(300, script, CHECKPOINTS, options);
  const failure = failureOf(job);
  for await (const { text } of job.logs()) if (text === 'ready') break;
  controller.abort('enough');
  expect(await failure).toMatchObject({ code: 'ABORTED', cause: 'enough' });
});
