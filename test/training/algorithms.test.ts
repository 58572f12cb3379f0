import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  startTrainingJob,
  type TrainingJobOptions,
  type TrainingJobRequest,
} from 'sagemaker-pipe-mode/training';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { buildImage, removeImage } from '../support/engine/build-image.js';
import { describeWithEngine, engineHost, TOOLS } from '../support/engine/engine.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const MODES = ['Pipe', 'File'] as const;
type Mode = (typeof MODES)[number];

interface Algorithm {
  readonly file: string;
  /** How somebody runs it on a machine. */
  readonly command: readonly string[];
  /** What is in an image of it, and how that is run. */
  readonly image: { readonly file: string; readonly text: () => string; readonly entrypoint: string };
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  Python: {
    file: 'train.py',
    command: ['python3', 'train.py'],
    image: { file: 'train.py', text: () => source('train.py'), entrypoint: 'python3' },
  },
  TypeScript: {
    file: 'train.ts',
    command: [process.execPath, '--import', 'tsx', 'train.ts'],
    image: { file: 'train.mjs', text: compiled, entrypoint: 'node' },
  },
  'POSIX shell': {
    file: 'train.sh',
    command: ['sh', 'train.sh'],
    image: { file: 'train.sh', text: () => source('train.sh'), entrypoint: 'sh' },
  },
};

/** The same of all of them, wherever they run and however they get their data. */
const OUTCOME = {
  status: 'Completed',
  exitCode: 0,
  model: { 'model.json': '{"slope": 3.000000, "intercept": 1.000000}\n' },
  output: { summary: '15 observations in 3 epochs, as "train"\n' },
  logs: ['epoch=0 observations=5', 'epoch=1 observations=5', 'epoch=2 observations=5'],
  metrics: [['observations', 3, 5]],
  findings: [],
};

describe.each(Object.entries(ALGORITHMS))('an algorithm in %s', (language, algorithm) => {
  test.each(MODES)('as a process, in %s mode', async (mode) => {
    const cwd = fileURLToPath(new URL('algorithms', import.meta.url));
    const outcome = await outcomeOf(mode, { command: algorithm.command, cwd });
    expect(outcome).toEqual(OUTCOME);
  });

  describeWithEngine('in a container of an image', () => {
    const image = `pipe-mode/in-${language.toLowerCase().replaceAll(' ', '-')}:${process.pid}`;
    beforeAll(async () => {
      const { file, text, entrypoint } = algorithm.image;
      const Dockerfile = [
        `FROM ${TOOLS}`,
        `COPY ${file} /opt/program/`,
        `ENTRYPOINT ["${entrypoint}", "/opt/program/${file}"]`,
      ].join('\n');
      await buildImage(image, { Dockerfile, [file]: text() });
    });
    afterAll(() => removeImage(image));

    test.each(MODES)('in %s mode', async (mode) => {
      const outcome = await outcomeOf(mode, { image, container: { engine: engineHost } });
      expect(outcome).toEqual(OUTCOME);
    });
  });
});

function source(file: string): string {
  return readFileSync(new URL(`algorithms/${file}`, import.meta.url), 'utf8');
}

/** What a Dockerfile's `RUN tsc` makes of it: an image's Node may be too old for TypeScript. */
function compiled(): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(source('train.ts'), { compilerOptions }).outputText;
}

/** All that there is to see of a job. */
async function outcomeOf(mode: Mode, options: TrainingJobOptions) {
  jobs.files({ 'training/a.csv': '0,1\n1,4\n2,7\n', 'training/b.csv': '3,10\n4,13\n' });
  const request: TrainingJobRequest = {
    HyperParameters: { epochs: '3' },
    AlgorithmSpecification: {
      TrainingInputMode: mode,
      MetricDefinitions: [{ Name: 'observations', Regex: 'observations=(\\d+)' }],
    },
    InputDataConfig: [
      {
        ChannelName: 'training',
        ContentType: 'text/csv',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 'training/' } },
      },
    ],
  };
  await using job = startTrainingJob(request, { baseDir: jobs.dir, ...options });
  const { status, exitCode, model, output, metrics, findings } = await job.finished();
  const logs: string[] = [];
  for await (const { text } of job.logs()) logs.push(text);
  return {
    status,
    exitCode,
    model: await filesOf(model),
    output: await filesOf(output),
    logs,
    metrics: metrics.map(({ name, count, last }) => [name, count, last?.value]),
    findings,
  };
}

async function filesOf(artifacts: { list(): string[]; readText(name: string): Promise<string> }) {
  const names = artifacts.list();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await artifacts.readText(name)])),
  ) as Record<string, string>;
}
