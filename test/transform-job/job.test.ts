import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import {
  runTransformJob,
  startTransformJob,
  type TransformJobResult,
  type TransformRequest,
} from 'sagemaker-pipe-mode/serving';
import { runTrainingJob } from 'sagemaker-pipe-mode/training';
import { expect, test } from 'vitest';

import { rejection, thrown } from '../support/expected-errors.js';
import { PREDICTING, UPPER_CASE } from './support/servers.js';
import { linesOf, useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

/** Answers with a part of its environment, and what is in its model. */
const TELLING = `
const { readdirSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  const names = Object.keys(process.env).filter((name) => /^SAGEMAKER_|^MINE/.test(name)).sort();
  const environment = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  response.end(JSON.stringify({ environment, args: process.argv.slice(1), model: readdirSync('/opt/ml/model') }));
}).listen(8080);`;

test('the containers know that they serve a batch, and what the request says of it', async () => {
  transforms.put({ a: '1\n' });
  const told = async (request: Parameters<typeof transforms.start>[0]) => {
    await using job = transforms.start(request, TELLING, { stopGraceMs: 0 });
    await job.finished();
    return JSON.parse(transforms.written()['a.out']!) as { environment: object; args: string[] };
  };
  expect(await told({})).toEqual({ environment: { SAGEMAKER_BATCH: 'true' }, args: ['serve'], model: [] });
  const long = 'x'.repeat(5000); // longer than those of a model may be
  const request = {
    BatchStrategy: 'SingleRecord',
    MaxPayloadInMB: 7,
    MaxConcurrentTransforms: 0,
    Environment: { MINE: long, SAGEMAKER_BATCH: 'mine' },
  };
  expect(await told(request)).toMatchObject({
    environment: {
      SAGEMAKER_BATCH: 'mine',
      SAGEMAKER_MAX_PAYLOAD_IN_MB: '7',
      SAGEMAKER_BATCH_STRATEGY: 'SINGLE_RECORD',
      SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '0',
      MINE: long,
    },
  });
});

test('the model is what a training job has made, or what a path leads to', async () => {
  transforms.put({ a: '1\n' });
  await using trained = await runTrainingJob(
    {},
    { command: ['sh', '-c', 'echo 3 > /opt/ml/model/slope', 'sh'] },
  );
  const directory = transforms.files({ 'my/model/weights': '1' });
  for (const [model, names] of [
    [trained, ['slope']],
    [`${directory}/my/model`, ['weights']],
  ] as const) {
    await using job = transforms.start({}, TELLING, { model, stopGraceMs: 0 });
    await job.finished();
    expect(JSON.parse(transforms.written()['a.out']!)).toMatchObject({ model: names });
  }
});

test('outputs have the names of their objects, below what the prefix or the manifest calls their folder', async () => {
  transforms.put({ 'x/a.csv': 'a\n', 'x/y/b.csv.gz': 'b\n', c: 'c\n' });
  const outputs = async (uri: string, dataType?: string) => {
    await using job = transforms.start({
      uri,
      dataType,
      output: { S3OutputPath: transforms.path('out', 'of') },
    });
    await job.finished();
    return Object.keys(transforms.written()).map((name) => name.replace(/^of\//, ''));
  };
  const { objects } = transforms;
  expect(await outputs(`${objects}/x/a.csv`)).toEqual(['a.csv.out']);
  expect(await outputs(`file://${objects}/x/`)).toEqual(['a.csv.out', 'y/b.csv.gz.out']);
  transforms.files({ 'list.json': JSON.stringify([{ prefix: `${objects}/` }, 'x/y/b.csv.gz', 'c']) });
  expect(await outputs(transforms.path('list.json'), 'ManifestFile')).toEqual([
    'a.csv.out',
    'c.out',
    'x/y/b.csv.gz.out',
    'y/b.csv.gz.out',
  ]);
});

test('what the server says of how it wants to be asked holds, as far as the request is silent', async () => {
  const said = { MaxConcurrentTransforms: 3, BatchStrategy: 'SINGLE_RECORD', MaxPayloadInMB: 2 };
  const server = (answer: string) =>
    UPPER_CASE.replace(
      "if (request.url !== '/invocations')",
      `if (request.url === '/execution-parameters') return void ${answer};
       if (request.url !== '/invocations')`,
    );
  transforms.put({ a: 'a\nb\nc\nd\n' });
  const asked = async (program: string, request: Parameters<typeof transforms.start>[0] = {}) => {
    await using job = transforms.start({ ...request, input: { SplitType: 'Line' } }, program);
    expect(job.describe().BatchStrategy).toBe(request.BatchStrategy);
    const { requests } = await job.finished();
    const { MaxConcurrentTransforms, BatchStrategy, MaxPayloadInMB } = job.describe();
    return { requests, MaxConcurrentTransforms, BatchStrategy, MaxPayloadInMB };
  };
  const defaults = { MaxConcurrentTransforms: 1, BatchStrategy: 'MultiRecord', MaxPayloadInMB: 6 };
  const json = `response.end(${JSON.stringify(JSON.stringify(said))})`;
  expect(await asked(server(json))).toEqual({ ...said, BatchStrategy: 'SingleRecord', requests: 4 });
  const given = { MaxConcurrentTransforms: 2, BatchStrategy: 'MultiRecord', MaxPayloadInMB: 1 };
  expect(await asked(server(json), given)).toEqual({ ...given, requests: 1 });
  expect(await asked(server(json), { MaxConcurrentTransforms: 0 })).toMatchObject({
    MaxConcurrentTransforms: 3,
  });
  expect(await asked(UPPER_CASE)).toEqual({ ...defaults, requests: 1 }); // 404
  expect(await asked(server("response.end('{}')"))).toEqual({ ...defaults, requests: 1 });
  const says = (what: object) => server(`response.end(${JSON.stringify(JSON.stringify(what))})`);
  const nothing = { ...defaults, requests: 1 };
  const wrong = { MaxConcurrentTransforms: 0, BatchStrategy: 'x', MaxPayloadInMB: '1' };
  expect(await asked(says(wrong))).toEqual(nothing);
  expect(await asked(says({ MaxConcurrentTransforms: 1e8, MaxPayloadInMB: 101 }))).toEqual(nothing);
  expect(await asked(says({ MaxConcurrentTransforms: 51, MaxPayloadInMB: 2 }))).toMatchObject({
    MaxConcurrentTransforms: 1,
    MaxPayloadInMB: 2,
  });
});

test('what is filtered has a bound, whatever the server says', async () => {
  const unbounded = PREDICTING.replace(
    "if (request.url !== '/invocations')",
    `if (request.url === '/execution-parameters') return void response.end('{"MaxPayloadInMB":0}');
     if (request.url !== '/invocations')`,
  );
  transforms.put({ 'a.csv': 'id,2,3\n' });
  const rows = {
    input: { ContentType: 'text/csv', SplitType: 'Line' },
    output: { Accept: 'text/csv', AssembleWith: 'Line' },
  } as const;
  const DataProcessing = { InputFilter: '$[1:]', JoinSource: 'Input' } as const;
  await using job = transforms.start({ ...rows, DataProcessing }, unbounded);
  await job.finished();
  expect(job.describe().MaxPayloadInMB).toBe(6);
  expect(transforms.written()).toEqual({ 'a.csv.out': 'id,2,3,5\n' });
});

test('outputs below the input are no input, of this job or the next one', async () => {
  transforms.put({ a: 'a\n', 'b/c': 'c\n' });
  const S3OutputPath = transforms.path('in/b/out');
  for (const time of ['the first time', 'again']) {
    transforms.put({ 'b/.c.out.01234567-89ab-cdef-0123-456789abcdef.partial': 'cut o' }); // by a process that was killed
    await using job = transforms.start({ output: { S3OutputPath } });
    expect(await job.finished(), time).toMatchObject({ objects: 2, failedObjects: 0 });
    expect(readdirSync(S3OutputPath, { recursive: true }).sort()).toEqual(['a.out', 'b', 'b/c.out']);
  }
});

test('several instances share the work, and none is asked more at a time than it may be', async () => {
  transforms.put(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}`, `${index}\n`])));
  await using job = transforms.start({
    MaxConcurrentTransforms: 2,
    TransformResources: { InstanceCount: 3 },
  });
  const { objects, requests } = await job.finished();
  expect({ objects, requests }).toEqual({ objects: 30, requests: 30 });
  const hosts = new Map<string, number>();
  for await (const { host, text } of job.logs()) {
    hosts.set(host, Math.max(hosts.get(host) ?? 0, (JSON.parse(text) as { busy: number }).busy));
  }
  expect([...hosts.keys()].sort()).toEqual(['instance-1', 'instance-2', 'instance-3']);
  for (const busy of hosts.values()) expect(busy).toBeLessThanOrEqual(2);
});

test('a job tells what it does, and describes itself as the service does', async () => {
  transforms.put({ a: 'a\nb\n', b: '' });
  await using job = transforms.start(
    {
      TransformJobName: 'my-job',
      ModelName: 'my-model',
      input: { SplitType: 'Line' },
      BatchStrategy: 'SingleRecord',
      Tags: [{ Key: 'a', Value: 'b' }],
    },
    UPPER_CASE,
  );
  const events: unknown[] = [];
  job.on('status', ({ status }) => events.push(status));
  job.on('object', (event) => events.push(event));
  job.on('progress', ({ records }) => events.push(records));
  expect(job).toMatchObject({ name: 'my-job', status: 'InProgress' });
  expect(job.arn).toMatch(/^arn:aws:sagemaker:.*:000000000000:transform-job\/my-job$/);
  expect(job.progress).toMatchObject({ objects: 0, requests: 0 });
  const result = await job.finished();
  expect(result).toEqual<TransformJobResult>({
    status: 'Completed',
    output: transforms.outputs,
    failures: [],
    findings: [],
    objects: 2,
    failedObjects: 0,
    records: 2,
    inputBytes: 4,
    outputBytes: 2,
    requests: 2,
    retries: 0,
  });
  const output = (key: string) => `${transforms.outputs}/${key}.out`;
  expect(events).toEqual([
    1,
    2,
    { key: 'a', output: output('a'), records: 2, inputBytes: 4, outputBytes: 2 },
    2,
    { key: 'b', output: output('b'), records: 0, inputBytes: 0, outputBytes: 0 },
    2,
    'Completed',
  ]);
  expect(readFileSync(output('a'), 'utf8')).toBe('AB');
  const described = job.describe();
  expect(described).toMatchObject({
    TransformJobName: 'my-job',
    TransformJobArn: job.arn,
    TransformJobStatus: 'Completed',
    ModelName: 'my-model',
    MaxConcurrentTransforms: 1,
    MaxPayloadInMB: 6,
    BatchStrategy: 'SingleRecord',
    ModelClientConfig: { InvocationsTimeoutInSeconds: 600, InvocationsMaxRetries: 3 },
    Environment: {},
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: transforms.objects } },
      CompressionType: 'None',
      SplitType: 'Line',
    },
    TransformOutput: { S3OutputPath: transforms.outputs, AssembleWith: 'None' },
    TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    DataProcessing: { InputFilter: '$', OutputFilter: '$', JoinSource: 'None' },
  });
  expect(described).not.toHaveProperty('FailureReason');
  expect(described).not.toHaveProperty('Tags');
  const { CreationTime, TransformStartTime, TransformEndTime } = described;
  expect(+CreationTime).toBeLessThanOrEqual(+TransformStartTime!);
  expect(+TransformStartTime!).toBeLessThanOrEqual(+TransformEndTime!);
});

test('runTransformJob leaves nothing but the outputs; an output that is there is replaced', async () => {
  transforms.put({ 'a.gz': gzipSync('abc') });
  const { mark } = transforms;
  const run = async () =>
    await runTransformJob(transforms.request({ input: { CompressionType: 'Gzip' } }), {
      command: [process.execPath, '-e', UPPER_CASE, '--'],
      env: { ...process.env, [mark]: 'yes' },
      limits: { connectTimeoutMs: 10_000 },
    });
  transforms.files({ 'out/a.gz.out': 'earlier', 'out/other': 'stays' });
  expect(await run()).toMatchObject({ status: 'Completed', objects: 1, inputBytes: 3 });
  expect(transforms.written()).toEqual({ 'a.gz.out': 'ABC', other: 'stays' });
});

test('without a bound the object is passed on as it comes, and so is the answer', async () => {
  transforms.put({ a: 'x'.repeat(3_000_000) });
  const piping = `
    require('node:http').createServer((request, response) => {
      if (request.url === '/ping') return void response.end();
      console.log(String(request.headers['content-length']), request.headers['transfer-encoding']);
      request.pipe(response);
    }).listen(8080);
    process.on('SIGTERM', () => process.exit(0));`;
  await using job = transforms.start({ MaxPayloadInMB: 0, input: { SplitType: 'Line' } }, piping, {
    maxAnswerBytes: 1,
  });
  expect(await job.finished()).toMatchObject({ requests: 1, records: 1, inputBytes: 3_000_000 });
  expect(transforms.written()['a.out']).toHaveLength(3_000_000);
  expect((await linesOf(job)).at(-1)).toBe('undefined chunked'); // the first one is of /execution-parameters
});

test('an input that is not there, or has nothing in it, is found before any server is started', async () => {
  const server = 'process.exit(9)';
  await using none = transforms.start({}, server);
  expect(await rejection(none.finished())).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  expect(none.describe()).toMatchObject({ TransformJobStatus: 'Failed', FailureReason: expect.any(String) });
  mkdirSync(transforms.objects);
  await using empty = transforms.start({}, server);
  expect(await rejection(empty.finished())).toMatchObject({ code: 'SOURCE_EMPTY' });
});

test('a server that does not come up fails the job with that', async () => {
  transforms.put({ a: 'a' });
  await using job = transforms.start({}, 'console.log("no model"); process.exit(3)');
  const error = await rejection(job.finished());
  expect(error).toMatchObject({ code: 'ENDPOINT_FAILED', name: 'EndpointError' });
  expect(error.message).toContain('no model');
  expect(job.describe()).toMatchObject({
    TransformJobStatus: 'Failed',
    FailureReason: expect.stringMatching(/^AlgorithmError: .*exit code 3/),
  });
});

test('everything that is wrong with a request is said at once', () => {
  const given = (request: object) => {
    const whole = transforms.request(request);
    const error = thrown(() => startTransformJob(whole, { command: ['true'], isolation: 'none' }));
    expect(error.code).toBe('INVALID_REQUEST');
    return error.problems!.map(({ path }) => path).sort();
  };
  const type = 'TransformInput.ContentType';
  const accept = 'TransformOutput.Accept';
  const csv = { ContentType: 'text/csv', SplitType: 'Line' };
  const rows = { input: csv, output: { Accept: 'text/csv', AssembleWith: 'Line' } };
  const filter = (InputFilter: string) => ({ ...rows, DataProcessing: { InputFilter } });
  expect(given({ MaxPayloadInMB: 101, Environment: { A: 1 }, Nam: 'x' })).toEqual([
    'Environment["A"]',
    'MaxPayloadInMB',
    'Nam',
  ]);
  expect(given({ MaxPayloadInMB: 20, MaxConcurrentTransforms: 6 })).toEqual(['MaxConcurrentTransforms']);
  expect(given({ TransformResources: { InstanceCount: 2 } })).toEqual(['TransformResources.InstanceCount']);
  expect(given({ dataType: 'AugmentedManifestFile' })).toEqual([
    'TransformInput.DataSource.S3DataSource.S3DataType',
  ]);
  expect(given({ uri: 'https://example.com/x' })).toEqual(['TransformInput.DataSource.S3DataSource.S3Uri']);
  expect(given({ input: { ContentType: 'ü' }, output: { Accept: 'a\u0001' } })).toEqual([type, accept]);
  expect(given({ DataProcessing: { JoinSource: 'Input' } })).toEqual([type, accept]);
  expect(given({ ...rows, output: { Accept: 'text/csv' }, DataProcessing: { JoinSource: 'Input' } })).toEqual(
    ['TransformOutput.AssembleWith'],
  );
  expect(
    given({ ...rows, input: { ContentType: 'text/csv' }, DataProcessing: { JoinSource: 'Input' } }),
  ).toEqual(['TransformInput.SplitType']);
  expect(
    given({
      ...rows,
      output: { ...rows.output, Accept: 'application/json' },
      DataProcessing: { JoinSource: 'Input' },
    }),
  ).toEqual([accept]);
  expect(given({ ...rows, MaxPayloadInMB: 0, DataProcessing: { JoinSource: 'Input' } })).toEqual([
    'MaxPayloadInMB',
  ]);
  for (const wrong of ['$.a', '$..a', '$[1:2,3:4]', '$[?@.a]', '1', '$[', '$[0:9:2]', '$[0][0]'])
    expect(given(filter(wrong)), wrong).toEqual(['DataProcessing.InputFilter']);
  const json = { input: { ContentType: 'application/json' }, output: { Accept: 'application/json' } };
  for (const OutputFilter of ['$..a', 'features', '$[?@.a]'])
    expect(given({ ...json, DataProcessing: { OutputFilter } })).toEqual(['DataProcessing.OutputFilter']);
  expect(given({ output: { S3OutputPath: `${transforms.objects}/` }, MaxPayloadInMB: 101 })).toEqual([
    'MaxPayloadInMB',
    'TransformOutput.S3OutputPath',
  ]);
  const missing = thrown(() => startTransformJob({} as TransformRequest, { command: ['true'] }));
  expect(missing.problems!.map(({ path }) => path)).toEqual(['TransformInput', 'TransformOutput']);
});

test('options are looked at first', () => {
  const wrong = [
    undefined,
    {},
    { command: [] },
    { command: ['x'], image: 'y' },
    { command: ['x'], model: 5 },
    { command: ['x'], model: 'https://example.com/model.tar.gz' },
    { command: ['x'], model: { model: {} } },
    { command: ['x'], maxAnswerBytes: 0 },
    { command: ['x'], limits: { invocationTimeoutMs: 1 } },
    { command: ['x'], nothing: 1 },
  ];
  for (const options of wrong) {
    const error = thrown(() => startTransformJob(transforms.request({}), options as never));
    expect(['INVALID_OPTION', 'UNKNOWN_OPTION'], JSON.stringify(options)).toContain(error.code);
  }
});
