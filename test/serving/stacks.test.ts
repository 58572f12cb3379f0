import { pathToFileURL } from 'node:url';

import { type Endpoint, startEndpoint } from 'sagemaker-pipe-mode/serving';
import { runTrainingJob, type TrainingJobRequest } from 'sagemaker-pipe-mode/training';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { buildImage, removeImage } from '../support/engine/build-image.js';
import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  FLASK_TOOLS,
  leftOnEngine,
} from '../support/engine/engine.js';
import { rejection } from '../support/expected-errors.js';
import { FLASK, hasFlask, imageOf, type Stack, STACKS, TRAIN } from './support/stacks.js';
import { useEndpoints } from './support/use-endpoints.js';

// A busy machine takes its time to start two servers with workers.
vi.setConfig({ testTimeout: 90_000 });

const endpoints = useEndpoints();

/** Its points are on the line y = 3x + 1. */
function trainingRequest(): TrainingJobRequest {
  endpoints.files({ 'training/a.csv': '0,1\n1,4\n', 'training/b.csv': '2,7\n10,31\n' });
  const S3Uri = endpoints.path('training');
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri } as const;
  return {
    AlgorithmSpecification: { TrainingInputMode: 'File' },
    InputDataConfig: [{ ChannelName: 'training', DataSource: { S3DataSource } }],
    OutputDataConfig: { S3OutputPath: endpoints.path('trained') },
  };
}

/** The archive that a job has made. */
async function archiveOf(options: Parameters<typeof runTrainingJob>[1]): Promise<string> {
  await using result = await runTrainingJob(trainingRequest(), options);
  expect(result.uploaded.model).toMatch(/\/model\.tar\.gz$/);
  return result.uploaded.model!;
}

async function predict(endpoint: Endpoint, values: readonly number[], customAttributes?: string) {
  const body = values.map((value) => `${value}\n`).join('');
  const answer = await endpoint.invoke(body, { contentType: 'text/csv', customAttributes });
  expect(answer.contentType).toMatch(/^text\/csv/);
  const lines = (await answer.text()).split('\n').slice(0, -1);
  return { values: lines.map(Number), worker: answer.customAttributes };
}

/** What every one of them has to do. */
async function expectToServe(endpoint: Endpoint): Promise<void> {
  expect(await endpoint.ping()).toMatchObject({ status: 200 });
  const questions = Array.from({ length: 300 }, (_, index) => [index, index / 8, -index]);
  let next = 0;
  const ask = async () => {
    while (next < questions.length) {
      const values = questions[next++]!;
      const { values: answers } = await predict(endpoint, values);
      expect(answers).toHaveLength(3);
      answers.forEach((answer, index) => expect(answer).toBeCloseTo(3 * values[index]! + 1, 2));
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  const refused = endpoint.invoke('{}', { contentType: 'application/json' });
  expect(await rejection(refused)).toMatchObject({
    code: 'MODEL_ERROR',
    originalStatusCode: 415,
    originalMessage: 'send text/csv',
  });
  expect(endpoint.instances.every(({ restarts }) => restarts === 0)).toBe(true);
}

/** Well within the grace, which is more than a test may take. */
async function expectToStop(endpoint: Endpoint): Promise<void> {
  await endpoint.stop();
  expect(endpoint.instances.map(({ status }) => status)).toEqual(endpoint.instances.map(() => 'Stopped'));
}

/** Where something is missing it says so, and CI fails. */
const isHere = (stack: Stack) => stack !== FLASK || hasFlask();
test.skipIf(process.env['CI'] === undefined)('nginx, gunicorn and python3-flask are installed', () => {
  expect(STACKS.filter((stack) => !isHere(stack))).toEqual([]);
});

describe.each(STACKS)('$name', (stack) => {
  const { command } = stack;
  test.runIf(isHere(stack))('serves what a job has trained, twice at once, and stops', async () => {
    const archive = await archiveOf({ command: TRAIN });
    await using one = await endpoints.start({ ModelDataUrl: archive }, { command });
    await using two = await endpoints.start({ ModelDataUrl: pathToFileURL(archive).href }, { command });
    await Promise.all([expectToServe(one), expectToServe(two)]);
    await Promise.all([expectToStop(one), expectToStop(two)]);
  });
});

const WORKERS =
  'gunicorn has as many workers as MODEL_SERVER_WORKERS says, and MODEL_SERVER_TIMEOUT for each';

test.runIf(hasFlask())(WORKERS, async () => {
  const ModelDataUrl = await archiveOf({ command: TRAIN });
  await expectWorkers((Environment) =>
    endpoints.start({ ModelDataUrl, Environment }, { command: FLASK.command }),
  );
});

/** A worker that is busy for too long is killed, and nginx says so. */
async function expectWorkers(
  start: (environment: Readonly<Record<string, string>>) => Promise<Endpoint>,
): Promise<void> {
  await using endpoint = await start({ MODEL_SERVER_WORKERS: '3', MODEL_SERVER_TIMEOUT: '2' });
  const seen = new Set<string | undefined>();
  const askThree = async () => {
    const answers = await Promise.all([1, 2, 3].map((value) => predict(endpoint, [value], '0.3')));
    answers.forEach(({ worker }) => seen.add(worker));
    return seen.size;
  };
  await expect.poll(askThree, { timeout: 20_000 }).toBe(3);
  const error = await rejection(predict(endpoint, [1], '60'));
  expect(error).toMatchObject({ code: 'MODEL_ERROR', originalStatusCode: 502 });
  expect((await predict(endpoint, [2])).values).toEqual([7]);
  expect(endpoint.instances).toMatchObject([{ restarts: 0 }]);
}

describeWithEngine('in containers', () => {
  const container = { engine: engineHost };
  const imageName = (index: number | 'train') => `pipe-mode/stack-${index}`;
  beforeAll(async () => {
    await buildImage(imageName('train'), imageOf(TRAIN, FLASK_TOOLS));
    for (const [index, { command }] of STACKS.entries())
      await buildImage(imageName(index), imageOf(command, FLASK_TOOLS));
  }, 60_000);
  afterAll(async () => {
    await removeImage(imageName('train'));
    for (const index of STACKS.keys()) await removeImage(imageName(index));
  });
  const train = () => archiveOf({ image: imageName('train'), container });

  test.each(STACKS.map(({ name }, index) => [name, index] as const))(
    '%s serves what a job has trained, by two instances, and stops',
    async (_name, index) => {
      const request = { Image: imageName(index), ModelDataUrl: await train(), InitialInstanceCount: 2 };
      await using endpoint = await startEndpoint(request, { container });
      await expectToServe(endpoint);
      await expectToStop(endpoint);
      expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
    },
  );

  test(WORKERS, async () => {
    const request = { Image: imageName(STACKS.indexOf(FLASK)), ModelDataUrl: await train() };
    await expectWorkers((Environment) => startEndpoint({ ...request, Environment }, { container }));
  });
});
