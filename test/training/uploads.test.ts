import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Source } from 'sagemaker-pipe-mode';
import { startTrainingJob, type TrainingJobRequest } from 'sagemaker-pipe-mode/training';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import type { Fault } from '../support/s3-server/faults.js';
import { startImpatiently } from './support/start-impatiently.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();
let server: S3Server;
beforeEach(async () => {
  server = await startS3Server();
  server.createBucket('bucket');
});
afterEach(async () => {
  await server.idle(); // whatever happened, no connection is left
  await server.stop();
});

const to = (S3OutputPath: string, more: object = {}): TrainingJobRequest => ({
  TrainingJobName: 'my-job',
  OutputDataConfig: { S3OutputPath, ...more },
});

const BOTH =
  'mkdir $ML/model/sub; echo w > $ML/model/sub/weights; echo m > $ML/model/m; echo o > $ML/output/data/o';

/** Every object of the bucket, as text. */
async function inBucket(): Promise<Record<string, Buffer>> {
  const client = server.client();
  const found: Record<string, Buffer> = {};
  for (const Key of server.keys('bucket')) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key }));
    found[Key] = Buffer.from(await Body!.transformToByteArray());
  }
  client.destroy();
  return found;
}

/** The files of an archive, as the system's tar finds them. */
function unpacked(archive: string | Buffer): Record<string, string> {
  const path = typeof archive === 'string' ? archive : jobs.path('archive.tar.gz');
  if (typeof archive !== 'string') writeFileSync(path, archive);
  const tar = (...args: string[]) => execFileSync('tar', [...args, path], { encoding: 'utf8' });
  const names = tar('-tzf')
    .split('\n')
    .filter((name) => /[^/]$/.test(name));
  const text = (name: string) => execFileSync('tar', ['-xzOf', path, name], { encoding: 'utf8' });
  return Object.fromEntries(names.map((name) => [name.replace(/^\.\//, ''), text(name)]));
}

const MODEL = { 'sub/weights': 'w\n', m: 'm\n' };

test.each(['s3://bucket/jobs', 's3://bucket/jobs/'])('archives, below %s', async (place) => {
  await using job = jobs.sh(BOTH, to(place), { s3: server.clientConfig });
  expect(job.describe().ModelArtifacts).toBeUndefined();
  const { uploaded } = await job.finished();
  expect(uploaded).toEqual({
    model: 's3://bucket/jobs/my-job/output/model.tar.gz',
    output: 's3://bucket/jobs/my-job/output/output.tar.gz',
  });
  expect(job.describe().ModelArtifacts).toEqual({ S3ModelArtifacts: uploaded.model });
  const objects = await inBucket();
  expect(Object.keys(objects)).toEqual([
    'jobs/my-job/output/model.tar.gz',
    'jobs/my-job/output/output.tar.gz',
  ]);
  expect(unpacked(objects['jobs/my-job/output/model.tar.gz']!)).toEqual(MODEL);
  expect(unpacked(objects['jobs/my-job/output/output.tar.gz']!)).toEqual({ o: 'o\n' });
});

test('archives, in a directory', async () => {
  await using job = jobs.sh(BOTH, to('./out'), { baseDir: jobs.dir });
  const { uploaded } = await job.finished();
  const directory = jobs.path('out/my-job/output');
  expect(uploaded).toEqual({ model: `${directory}/model.tar.gz`, output: `${directory}/output.tar.gz` });
  expect(job.describe().ModelArtifacts).toEqual({ S3ModelArtifacts: uploaded.model });
  expect(unpacked(uploaded.model!)).toEqual(MODEL);
  expect(unpacked(uploaded.output!)).toEqual({ o: 'o\n' });
  expect(readdirSync(directory)).toEqual(['model.tar.gz', 'output.tar.gz']);
});

test('CompressionType NONE: files as they are, in S3', async () => {
  await using job = jobs.sh(BOTH, to('s3://bucket/jobs', { CompressionType: 'NONE' }), {
    s3: server.clientConfig,
  });
  const { uploaded } = await job.finished();
  expect(uploaded).toEqual({
    model: 's3://bucket/jobs/my-job/output/model/',
    output: 's3://bucket/jobs/my-job/output/output/',
  });
  expect(job.describe().ModelArtifacts).toEqual({ S3ModelArtifacts: uploaded.model });
  const texts = Object.entries(await inBucket()).map(([key, bytes]) => [key, bytes.toString()]);
  expect(Object.fromEntries(texts)).toEqual({
    'jobs/my-job/output/model/m': 'm\n',
    'jobs/my-job/output/model/sub/weights': 'w\n',
    'jobs/my-job/output/output/o': 'o\n',
  });
});

describe('CompressionType NONE in S3, which has no links', () => {
  const NONE = to('s3://bucket', { CompressionType: 'NONE' });

  test.each(['namespace', 'none'] as const)(
    'a link is what it led the algorithm to, and nothing of this machine (isolation: %s)',
    async (isolation) => {
      const script = `
        mkdir -p $ML/checkpoints/5/sub; echo w > $ML/checkpoints/5/w; echo s > $ML/checkpoints/5/sub/s
        ln -s ../sub $ML/checkpoints/5/sub/again; ln -s ../w $ML/checkpoints/5/sub/up
        echo o > $ML/output/data/o; cd $ML/model; echo m > m
        ln -s $ML/checkpoints/5/w best; ln -s $ML/checkpoints/5 last; ln -s ../output/data/o near; ln -s last/sub/up far
        ln -s /etc/passwd x; ln -s ../../../../../../../../../../etc/passwd up; ln -s /etc etc; ln -s / root
        ln -s gone gone; ln -s loop loop; ln -s . self`;
      await using job = jobs.sh(script, NONE, { s3: server.clientConfig, isolation });
      const { uploaded } = await job.finished();
      expect(uploaded.model).toBe('s3://bucket/my-job/output/model/');
      const texts = Object.entries(await inBucket()).map(([key, bytes]) => [key, bytes.toString()]);
      expect(Object.fromEntries(texts)).toEqual({
        'my-job/output/model/best': 'w\n',
        'my-job/output/model/far': 'w\n',
        'my-job/output/model/last/sub/s': 's\n',
        'my-job/output/model/last/sub/up': 'w\n',
        'my-job/output/model/last/w': 'w\n',
        'my-job/output/model/m': 'm\n',
        'my-job/output/model/near': 'o\n',
        'my-job/output/output/o': 'o\n',
      });
    },
  );

  test('of several hosts', async () => {
    const script = `echo $(hostname) > $ML/output/data/$(hostname)
      ln -s $ML/output/data/$(hostname) $ML/model/$(hostname); ln -s /etc/passwd $ML/model/x`;
    const request = { ...NONE, ResourceConfig: { InstanceCount: 2 } };
    await using job = jobs.sh(script, request, { s3: server.clientConfig });
    await job.finished();
    const objects = await inBucket();
    expect(Object.keys(objects).filter((key) => key.includes('/model/'))).toEqual([
      'my-job/output/model/algo-1',
      'my-job/output/model/algo-2',
    ]);
    expect(objects['my-job/output/model/algo-2']!.toString()).toBe('algo-2\n');
  });
});

test('CompressionType NONE: files as they are, in a directory', async () => {
  await using job = jobs.sh(BOTH, to(jobs.path('out'), { CompressionType: 'NONE' }));
  const { uploaded } = await job.finished();
  const directory = jobs.path('out/my-job/output');
  expect(uploaded).toEqual({ model: `${directory}/model/`, output: `${directory}/output/` });
  expect(readFileSync(`${directory}/model/sub/weights`, 'utf8')).toBe('w\n');
  expect(readFileSync(`${directory}/output/o`, 'utf8')).toBe('o\n');
});

test('the artifacts of several hosts are one: of the same file that of the first host', async () => {
  const script =
    'host=$(hostname); echo $host > $ML/model/$host; echo $host > $ML/model/same; echo $host > $ML/output/data/$host';
  const request = { ...to('s3://bucket'), ResourceConfig: { InstanceCount: 3 } };
  await using job = jobs.sh(script, request, { s3: server.clientConfig });
  await job.finished();
  const objects = await inBucket();
  const each = { 'algo-1': 'algo-1\n', 'algo-2': 'algo-2\n', 'algo-3': 'algo-3\n' };
  expect(Object.keys(objects)).toEqual(['my-job/output/model.tar.gz', 'my-job/output/output.tar.gz']);
  expect(unpacked(objects['my-job/output/model.tar.gz']!)).toEqual({ ...each, same: 'algo-1\n' });
  expect(unpacked(objects['my-job/output/output.tar.gz']!)).toEqual(each);
});

test('of a job that has failed, the output and no model', async () => {
  await using job = jobs.sh(`${BOTH}; echo why > $ML/output/failure; exit 3`, to('s3://bucket'), {
    s3: server.clientConfig,
  });
  const { result } = await failureOf(job);
  expect(result.uploaded).toEqual({ output: 's3://bucket/my-job/output/output.tar.gz' });
  expect(job.describe()).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason: 'AlgorithmError: why\n, exit code: 3',
  });
  expect(job.describe().ModelArtifacts).toBeUndefined();
  expect(Object.keys(await inBucket())).toEqual(['my-job/output/output.tar.gz']);
});

test('of a job that was stopped, what it has saved', async () => {
  const script = `trap '${BOTH}; exit 1' TERM; echo ready; while :; do sleep 0.02; done`;
  await using job = jobs.sh(script, to('s3://bucket'), { s3: server.clientConfig });
  for await (const { text } of job.logs()) if (text === 'ready') void job.stop();
  await job.finished();
  expect(unpacked((await inBucket())['my-job/output/model.tar.gz']!)).toEqual(MODEL);
});

test.each([
  ['leaves nothing', 'true'],
  ['removes the directories', 'rm -r $ML/model $ML/output/data'],
  ['puts something else in their place', 'rm -r $ML/model; echo > $ML/model'],
])('nothing is uploaded for an algorithm that %s', async (_, script) => {
  await using job = jobs.sh(script, to('s3://bucket'), { s3: server.clientConfig });
  const { uploaded, findings } = await job.finished();
  expect(uploaded).toEqual({});
  expect(findings.map(({ id }) => id)).toEqual(['empty-model']);
  expect(server.seen).toEqual([]);
});

describe('an upload that fails', () => {
  const denied: Fault = { kind: 'answer', status: 403, code: 'AccessDenied' };

  test('for a bucket that is not there: what came out is still here, and the error says all', async () => {
    await using job = jobs.sh(BOTH, to('s3://missing/x'), { s3: server.clientConfig });
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', status: 'Failed', exitCode: 0 });
    expect(error.cause).toMatchObject({ code: 'S3_NO_SUCH_BUCKET' });
    expect(error.message).toMatch(
      /^Training job "my-job" has failed after its algorithm ended with exit code 0: Writing s3:\/\/missing\/x\/my-job\/output\/model.tar.gz failed.*no bucket "missing"/,
    );
    expect(job.describe().FailureReason).toMatch(
      /^ClientError: Artifact upload failed:Writing s3:\/\/missing\/x\/my-job\/output\/model.tar.gz failed/,
    );
    expect(job.describe().ModelArtifacts).toBeUndefined();
    expect(
      job
        .describe()
        .SecondaryStatusTransitions.map(({ Status }) => Status)
        .slice(-2),
    ).toEqual(['Uploading', 'Failed']);
    expect(await error.result.model.readText('m')).toBe('m\n');
    expect(error.result.uploaded).toEqual({});
  });

  test('because the server breaks off every time', async () => {
    server.faults.add({ operation: 'PutObject', fault: { kind: 'reset', afterBytes: 0 }, times: Infinity });
    await using job = jobs.sh(BOTH, to('s3://bucket'), { s3: server.clientConfig });
    const error = await failureOf(job);
    expect(error.cause).toMatchObject({ code: 'S3_REQUEST_FAILED' });
    expect(error.message).toMatch(/Writing s3:\/\/bucket\/my-job\/output\/model.tar.gz failed/);
    expect(await inBucket()).toEqual({});
  });

  test('into a directory that nobody may write to', async () => {
    writeFileSync(jobs.path('file'), '');
    await using job = jobs.sh(BOTH, to(jobs.path('file/out')));
    const error = await failureOf(job);
    const path = jobs.path('file/out/my-job/output/model.tar.gz');
    expect(error.message).toContain(`Cannot write the artifact "${path}" (EEXIST).`);
    expect(error.cause).toMatchObject({ code: 'ARTIFACT_NOT_WRITTEN', path });
    expect(job.describe().FailureReason).toMatch(/^ClientError: Artifact upload failed:/);
  });

  test('after the algorithm: the reason is that of the algorithm, and the error has both', async () => {
    server.faults.add({ operation: 'PutObject', fault: denied });
    await using job = jobs.sh(`${BOTH}; echo why > $ML/output/failure; exit 3`, to('s3://bucket'), {
      s3: server.clientConfig,
    });
    const error = await failureOf(job);
    expect(error).toMatchObject({ exitCode: 3, failureReason: 'AlgorithmError: why\n, exit code: 3' });
    expect(error.message).toMatch(/ended with exit code 3: Writing .*output.tar.gz failed/);
    expect(error.message).toMatch(/output\/failure says:\n {2}why/);
  });

  test('after stop(): nobody may take it for stopped as it should be', async () => {
    server.faults.add({ operation: 'PutObject', fault: denied });
    const script = `trap '${BOTH}; exit 0' TERM; echo ready; while :; do sleep 0.02; done`;
    await using job = jobs.sh(script, to('s3://bucket'), { s3: server.clientConfig });
    for await (const { text } of job.logs()) if (text === 'ready') void job.stop();
    expect(await failureOf(job)).toMatchObject({ status: 'Failed', cause: { code: 'S3_ACCESS_DENIED' } });
  });

  test('of the output leaves the model, which was there first', async () => {
    server.faults.add({ operation: 'PutObject', key: 'my-job/output/output.tar.gz', fault: denied });
    await using job = jobs.sh(BOTH, to('s3://bucket'), { s3: server.clientConfig });
    const { result } = await failureOf(job);
    expect(result.uploaded).toEqual({ model: 's3://bucket/my-job/output/model.tar.gz' });
    expect(job.describe().ModelArtifacts).toEqual({ S3ModelArtifacts: result.uploaded.model });
  });
});

describe('a source that cannot be closed', () => {
  const source: Source = {
    objects: () => [],
    close: () => Promise.reject(new Error('it is stuck')),
  };
  const options = { channels: { train: { source } } };

  test('fails the job, and what came out is uploaded all the same', async () => {
    await using job = jobs.sh(BOTH, to('s3://bucket'), { ...options, s3: server.clientConfig });
    const { message, result } = await failureOf(job);
    expect(message).toMatch(/^Training job "my-job" has failed after its algorithm ended with exit code 0:/);
    expect(message).toContain('it is stuck');
    expect(job.describe()).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: expect.stringMatching(/^ClientError: (?!Artifact).*it is stuck/) as string,
      ModelArtifacts: { S3ModelArtifacts: 's3://bucket/my-job/output/model.tar.gz' },
    });
    expect(result.uploaded).toEqual({
      model: 's3://bucket/my-job/output/model.tar.gz',
      output: 's3://bucket/my-job/output/output.tar.gz',
    });
    expect(unpacked((await inBucket())['my-job/output/model.tar.gz']!)).toEqual(MODEL);
  });

  test('is no matter of an upload where there is none', async () => {
    await using job = jobs.sh(BOTH, {}, options);
    await failureOf(job);
    expect(job.describe().FailureReason).toMatch(/^ClientError: (?!Artifact).*it is stuck/);
  });
});

describe('an upload that takes long', () => {
  const large = 'head -c 30000000 /dev/urandom > $ML/model/m';
  const isUploading = () =>
    vi.waitFor(() => expect(server.seen.map(({ operation }) => operation)).toContain('UploadPart'), 10_000);

  test('ends with the signal of the job', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    server.throttle.latencyMs = 2000;
    await using job = jobs.sh(large, to('s3://bucket'), { s3: server.clientConfig, signal });
    const failure = failureOf(job);
    await isUploading();
    controller.abort('enough');
    const error = await failure;
    expect(error).toMatchObject({ code: 'ABORTED', cause: 'enough', status: 'Stopped', exitCode: 0 });
    expect(
      job
        .describe()
        .SecondaryStatusTransitions.map(({ Status }) => Status)
        .slice(-3),
    ).toEqual(['Uploading', 'Stopping', 'Stopped']);
    expect(server.seen.map(({ operation }) => operation)).toContain('AbortMultipartUpload');
    expect(server.keys('bucket')).toEqual([]);
  });

  test('is given up some time after stop(), if it has not ended by then', async () => {
    server.throttle.latencyMs = 2000;
    await using job = startImpatiently(200, large, to('s3://bucket'), { s3: server.clientConfig });
    const failure = failureOf(job);
    await isUploading();
    await Promise.all([job.stop(), job.stop()]);
    const error = await failure;
    const message =
      'Its upload was given up 0.2 s after stop(). What came out is in the directory of the job.';
    expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', status: 'Failed', exitCode: 0 });
    expect(error.cause).toMatchObject({ code: 'ABORTED', message });
    expect(job.describe().FailureReason).toBe(`ClientError: Artifact upload failed:${message}`);
    expect(error.result.model.path('m')).toBe(`${job.directory}/algo-1/model/m`);
    expect(server.keys('bucket')).toEqual([]);
  });

  test('is waited for by stop()', async () => {
    server.throttle.latencyMs = 200;
    await using job = jobs.sh(large, to('s3://bucket'), { s3: server.clientConfig });
    await isUploading();
    await job.stop();
    expect(job.status).toBe('Completed');
    expect(server.keys('bucket')).toEqual(['my-job/output/model.tar.gz']);
  });

  test('ends with disposal', async () => {
    server.throttle.latencyMs = 2000;
    const job = jobs.sh(large, to('s3://bucket'), { s3: server.clientConfig });
    const finished = job.finished();
    await isUploading();
    await job[Symbol.asyncDispose]();
    expect((await finished).status).toBe('Stopped');
    expect(existsSync(job.directory)).toBe(false);
    expect(server.keys('bucket')).toEqual([]);
  });

  test('ends with disposal, and what has failed stays failed', async () => {
    server.throttle.latencyMs = 2000;
    const job = jobs.sh(`${BOTH}; exit 3`, to('s3://bucket'), { s3: server.clientConfig });
    const failure = failureOf(job);
    await vi.waitFor(() => expect(server.seen).not.toEqual([]), 10_000);
    await job[Symbol.asyncDispose]();
    expect(await failure).toMatchObject({ code: 'TRAINING_JOB_FAILED', status: 'Failed', exitCode: 3 });
  });
});

describeWithEngine('of a container', () => {
  test('what it has left goes to S3, of several hosts together', async () => {
    const script = 'echo $(hostname) > /opt/ml/model/$(hostname); echo > /opt/ml/output/data/$(hostname)';
    await using job = startTrainingJob(
      {
        ...to('s3://bucket'),
        ResourceConfig: { InstanceCount: 2 },
        AlgorithmSpecification: { TrainingInputMode: 'Pipe', ContainerEntrypoint: ['sh', '-c', script] },
      },
      { image: TOOLS, container: { engine: engineHost }, s3: server.clientConfig },
    );
    await job.finished();
    const objects = await inBucket();
    expect(unpacked(objects['my-job/output/model.tar.gz']!)).toEqual({
      'algo-1': 'algo-1\n',
      'algo-2': 'algo-2\n',
    });
    expect(Object.keys(unpacked(objects['my-job/output/output.tar.gz']!))).toEqual(['algo-1', 'algo-2']);
  });
});
