import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { TrainingJob, TrainingJobRequest } from 'sagemaker-pipe-mode/training';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'vitest';

import { Program } from '../../support/program.js';

/** Another one tries other moments. */
export const SEED = Number(process.env['KILLING_SEED'] ?? 9);

/** Moments in milliseconds, the same for the same seed. */
export function moments(count: number, to: number): number[] {
  const generator = xoroshiro128plus(SEED);
  return Array.from({ length: count }, () => uniformInt(generator, 0, to));
}

/** Starts what is hard to find, reads all channels, saves, and ends. */
const ALGORITHM = `(setsid sleep 60 &); sleep 60 &
  cd \${SAGEMAKER_BASE_DIR:-/opt/ml}
  cat input/data/files/* > model/files
  head -c 1000 input/data/endless_0 > /dev/null
  cat input/data/train_0 input/data/train_1 > model/train
  for step in 1 2 3 4 5; do echo step=$step; echo $step > checkpoints/step; sleep 0.02; done
  wc -c < model/train > output/data/read
`;

/** What is in the channels: in the pipes more than fits into one. */
export const FILES = {
  'channels/code/train.sh': ALGORITHM,
  'channels/train/a': 'a'.repeat(200_000),
  'channels/train/b': 'b'.repeat(1000),
  'channels/files/f': 'f'.repeat(1000),
  'channels/endless/e': 'e'.repeat(100_000),
};

/** What `output/data/read` has when nobody kills it. */
export const READ = '402000';

/** A job with Pipe channels, of which one never ends, a File channel and checkpoints, on one host or more. */
export function requestOf(directory: string, checkpoints: string, hosts: number): TrainingJobRequest {
  const channel = (name: string, InputMode: 'Pipe' | 'File') => ({
    ChannelName: name,
    InputMode,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `${directory}/channels/${name}` },
    },
  });
  return {
    AlgorithmSpecification: {
      TrainingInputMode: 'Pipe',
      ContainerEntrypoint: ['sh', '-c', 'exec sh ${SAGEMAKER_BASE_DIR:-/opt/ml}/input/data/code/train.sh'],
    },
    InputDataConfig: [
      channel('code', 'File'),
      channel('files', 'File'),
      channel('train', 'Pipe'),
      channel('endless', 'Pipe'),
    ],
    CheckpointConfig: { S3Uri: checkpoints },
    ResourceConfig: { InstanceCount: hosts, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
  };
}

const WAYS = ['stop', 'abort', 'dispose'] as const;

/** How a job is to be killed. */
export interface Killing {
  readonly ms: number;
  readonly way: (typeof WAYS)[number];
  readonly hosts: number;
}

/** Every way in turn, and several hosts now and then, some at a time. */
export function killings(count: number, to: number, atOnce: number): Killing[][] {
  const all = moments(count, to).map((ms, index) => ({
    ms,
    way: WAYS[index % WAYS.length]!,
    hosts: index % 5 === 4 ? 2 : 1,
  }));
  return Array.from({ length: Math.ceil(count / atOnce) }, (_, index) =>
    all.slice(index * atOnce, (index + 1) * atOnce),
  );
}

/** Starts a job, ends it in some way after so many milliseconds, and looks how it has ended. */
export async function startAndKill(
  { ms, way }: Pick<Killing, 'ms' | 'way'>,
  start: (signal: AbortSignal) => TrainingJob,
): Promise<void> {
  const controller = new AbortController();
  const job = start(controller.signal);
  const finished = job.finished().then(
    ({ status }) => status,
    (error: unknown) => ((error as NodeJS.ErrnoException).code === 'ABORTED' ? 'ABORTED' : String(error)),
  );
  await delay(ms);
  if (way === 'stop') await job.stop();
  if (way === 'abort') controller.abort();
  if (way === 'dispose') await job[Symbol.asyncDispose]();
  const how = await finished;
  await job[Symbol.asyncDispose]();
  const ends = ['Completed', way === 'abort' ? 'ABORTED' : 'Stopped'];
  expect(ends, `${way} after ${ms} ms: ${how}`).toContain(how);
}

/** A process of its own that runs a job, and says what that has read. */
export function jobProgram(request: TrainingJobRequest, options: object, temporary: string): Program {
  const source = `
    import { startTrainingJob } from 'sagemaker-pipe-mode/training';
    const [request, options] = JSON.parse(process.argv[1]);
    console.log('begins');
    const job = startTrainingJob(request, options);
    const { output } = await job.finished();
    console.log((await output.readText('read')).trim());
    await job[Symbol.asyncDispose]();`;
  return new Program(source, {
    args: [JSON.stringify([request, options])],
    env: { TMPDIR: temporary },
  });
}
