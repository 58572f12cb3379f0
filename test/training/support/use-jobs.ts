import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  startTrainingJob,
  type TrainingJob,
  TrainingJobError,
  type CommandOptions,
  type CommonJobOptions,
  type TrainingJobOptions,
  type TrainingJobRequest,
} from 'sagemaker-pipe-mode/training';
import { afterEach, beforeEach, expect } from 'vitest';

import { expectNoProcesses, mountsOfAll } from '../../runner/support/algorithm.js';
import { type Scratch, useScratch } from '../../support/scratch.js';

type ProgramJobOptions = CommonJobOptions & Partial<CommandOptions>;

/** How tests make jobs. */
export interface Jobs extends Scratch {
  /** What everything that a test starts has in its environment. */
  readonly mark: string;
  /** Starts a job. */
  start(request: TrainingJobRequest, options: TrainingJobOptions): TrainingJob;
  /** Starts a job whose program is a shell script, which sees its /opt/ml as `$ML`. */
  sh(script: string, request?: TrainingJobRequest, options?: ProgramJobOptions): TrainingJob;
  /** The same for a Python script. */
  python(script: string, request?: TrainingJobRequest, options?: ProgramJobOptions): TrainingJob;
}

/** After each test nothing is left: descriptors, threads, processes, mounts, directories of jobs. */
export function useJobs(): Jobs {
  const mark = `TRAINING_TEST_${process.pid}_${Date.now()}`;
  const scratch = useScratch();
  let directoriesBefore: string[] = [];
  beforeEach(() => {
    directoriesBefore = directories();
  });
  afterEach(async () => {
    await expectNoProcesses(mark);
    expect([...ours].flatMap(mountsOfAll)).toEqual([]);
    const left = directories().filter((name) => !directoriesBefore.includes(name));
    expect(left.filter((name) => ours.has(join(tmpdir(), name)))).toEqual([]);
    ours.clear();
  });
  const ours = new Set<string>();
  const start = (request: TrainingJobRequest, options: TrainingJobOptions) => {
    const job = startTrainingJob(request, {
      ...options,
      env: { ...(options.command === undefined ? undefined : process.env), [mark]: 'yes', ...options.env },
    });
    ours.add(job.directory);
    return job;
  };
  return Object.assign(Object.create(scratch) as Scratch, {
    mark,
    start,
    sh: (script: string, request: TrainingJobRequest = {}, options: ProgramJobOptions = {}) => {
      const head = 'ML=${SAGEMAKER_BASE_DIR:-/opt/ml}; ';
      return start(request, { command: ['sh', '-c', head + script, 'sh'], ...options });
    },
    python: (script: string, request: TrainingJobRequest = {}, options: ProgramJobOptions = {}) =>
      start(request, { command: ['python3', '-c', script], ...options }),
  });
}

function directories(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('sagemaker-pipe-mode-job-'));
}

/** The error that a job ends with. */
export async function failureOf(job: { finished(): Promise<unknown> }): Promise<TrainingJobError> {
  const error: unknown = await job.finished().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrainingJobError);
  return error as TrainingJobError;
}
