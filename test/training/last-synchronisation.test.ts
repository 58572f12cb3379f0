import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

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
