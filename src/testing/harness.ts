import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

import { openChannels } from '../channel/name-claims.js';
import type { ChannelOptions } from '../channel/options.js';
import type { OptionsWithout } from '../channel/group.js';
import { asyncDispose } from '../disposal.js';
import { PipeModeError } from '../errors.js';
import { checkTimeout } from '../options/checks.js';
import { type Names, readOptions } from '../options/read-options.js';
import type { TrainingJobRequest } from '../sagemaker/training-request.js';
import { JobDirectory } from '../training/job-directory.js';
import type { TrainingJobOptions } from '../training/options.js';
import type { TrainingJobResult } from '../training/result.js';
import { startTrainingJob } from '../training/start-training-job.js';
import type { TrainingJob } from '../training/training-job.js';
import type { Algorithm } from './algorithm/algorithm.js';
import type { AlgorithmOptions } from './algorithm/options.js';
import type { AlgorithmResult } from './algorithm/result.js';
import { startAlgorithm } from './algorithm/run-algorithm.js';
import { TestChannel } from './test-channel.js';

/** How a test is run. */
export interface HarnessOptions {
  /**
   * How long a test may take, in milliseconds from 1 up, or `Infinity`: from the first that it asks of the harness on. What
   * is waited for is ended then, and the error says what that was. Less than the time after which the test runner gives
   * up, which knows nothing of that. Default 4,000: Vitest and Jest give up after 5,000.
   */
  readonly timeoutMs?: number | undefined;
}

const OPTIONS: Names<HarnessOptions> = { timeoutMs: true };

/** Something must be left for whoever comes at the end of a test's time. */
const LEAST_MS = 100;

/** How long jobs may take to stop, in milliseconds. */
const STOP_GRACE_MS = 500;

/** What a test has begun. */
interface Begun {
  readonly directory: JobDirectory;
  readonly deadline: number;
  readonly channels: TestChannel[];
  readonly algorithms: Algorithm[];
  readonly jobs: TrainingJob[];
}

/**
 * What a test of an algorithm needs: a directory that takes the place of /opt/ml, channels, algorithms and training jobs,
 * which all end with the test. Made by {@link useHarness}, {@link createHarness} or the {@link fixtures}. Its methods can be
 * taken from it: `const { dest, startChannel } = harness`.
 */
export class Harness implements AsyncDisposable {
  readonly #timeoutMs: number;
  #begun: Begun | undefined;

  /** @internal */
  constructor(options: HarnessOptions = {}) {
    const { timeoutMs = 4_000 } = readOptions(options, OPTIONS);
    checkTimeout('timeoutMs', timeoutMs);
    this.#timeoutMs = timeoutMs;
  }

  /** What takes the place of /opt/ml in this test: a new directory, with `input/data`, `model` and `output/data`. */
  get optMl(): string {
    return join(this.#test.directory.path, 'algo-1');
  }

  /** The directory of the channels in this test: `input/data` in {@link optMl}. */
  get dest(): string {
    return join(this.optMl, 'input/data');
  }

  /**
   * Writes files into a new directory of this test, which algorithms have nothing to do with.
   *
   * @param contents - What is to be in them, by their paths in the directory.
   * @returns the directory
   */
  readonly files = (contents: Readonly<Record<string, string | Uint8Array>>): string => {
    const directory = join(this.#test.directory.path, 'files');
    for (const [name, content] of Object.entries(contents)) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    return directory;
  };

  /**
   * Makes a channel in {@link dest}, and starts it.
   *
   * @throws {@link PipeModeError} what `createChannel` and the channel's `start()` throw
   */
  readonly startChannel = async (options: OptionsWithout<ChannelOptions, 'dest'>): Promise<TestChannel> => {
    const whole = { ...options, dest: this.dest } as ChannelOptions;
    const channel = new TestChannel(whole, () => this.#msLeft);
    this.#test.channels.push(channel);
    await channel.start();
    return channel;
  };

  /**
   * Starts an algorithm beside the channels of this test, as {@link startAlgorithm} does.
   *
   * @param options - `dest` and `channels` are the test's, and `timeoutMs` what is left of its time.
   */
  readonly startAlgorithm = async (
    command: readonly string[],
    options: Omit<AlgorithmOptions, 'dest' | 'channels'> = {},
  ): Promise<Algorithm> => {
    const test = this.#test;
    const own = { dest: this.dest, channels: [...test.channels] };
    const algorithm = await startAlgorithm(command, { timeoutMs: this.#msLeft, ...options, ...own });
    test.algorithms.push(algorithm);
    if (test !== this.#begun) await algorithm[asyncDispose](); // the test did not wait for its start
    return algorithm;
  };

  /**
   * Runs an algorithm beside the channels of this test to its end.
   *
   * @throws {@link AlgorithmError} `ALGORITHM_FAILED`, `ALGORITHM_TIMED_OUT`, `ABORTED`; {@link PipeModeError} what
   * {@link startAlgorithm} throws
   */
  readonly runAlgorithm = async (
    command: readonly string[],
    options: Omit<AlgorithmOptions, 'dest' | 'channels'> = {},
  ): Promise<AlgorithmResult> => {
    const algorithm = await this.startAlgorithm(command, options);
    return await algorithm.finished();
  };

  /**
   * Starts a training job, as `startTrainingJob` of `sagemaker-pipe-mode/training` does.
   *
   * @param options - Without a `signal`, the job is stopped when the test's time is over. `stopGraceMs` is 500 by default,
   * for a test has not the service's two minutes.
   */
  readonly startTrainingJob = (request: TrainingJobRequest, options: TrainingJobOptions): TrainingJob => {
    const job = startTrainingJob(request, { signal: this.#deadline, stopGraceMs: STOP_GRACE_MS, ...options });
    this.#test.jobs.push(job);
    return job;
  };

  /** Runs a training job to its end. What has come out of it is there until the test is over. */
  readonly runTrainingJob = async (
    request: TrainingJobRequest,
    options: TrainingJobOptions,
  ): Promise<TrainingJobResult> => await this.startTrainingJob(request, options).finished();

  /**
   * The end of a test: kills algorithms and jobs, stops channels, and removes the directory, in this order. The harness can
   * be used for another test then.
   *
   * @throws {@link PipeModeError} `LEFT_RUNNING` if there still were algorithms or jobs that nobody had waited for, or
   * channels in {@link dest} that the harness has not made: it says which
   */
  readonly end = async (): Promise<void> => {
    const left = await this.#endAll();
    if (left.length > 0) throw leftRunning(left);
  };

  /** As {@link end}; but it warns of what was left, since an error would hide that of the test. */
  async [asyncDispose](): Promise<void> {
    const left = await this.#endAll();
    if (left.length > 0) process.emitWarning(leftRunning(left).message);
  }

  get #test(): Begun {
    return (this.#begun ??= this.#begin());
  }

  get #msLeft(): number {
    return Math.max(Math.round(this.#test.deadline - performance.now()), LEAST_MS);
  }

  get #deadline(): AbortSignal | undefined {
    const ms = this.#msLeft;
    return ms === Infinity ? undefined : AbortSignal.timeout(ms);
  }

  #begin(): Begun {
    const directory = new JobDirectory(undefined);
    directory.make();
    for (const name of ['input/data', 'model', 'output/data'])
      mkdirSync(join(directory.path, 'algo-1', name), { recursive: true });
    const deadline = performance.now() + this.#timeoutMs;
    return { directory, deadline, channels: [], algorithms: [], jobs: [] };
  }

  /** Answers what was left, a line or several each. */
  async #endAll(): Promise<string[]> {
    const test = this.#begun;
    if (test === undefined) return [];
    this.#begun = undefined;
    const { directory, algorithms, jobs, channels } = test;
    try {
      const left = [...(await describeRunning(algorithms)), ...jobs.filter(isRunning).map(describeJob)];
      await Promise.all([...algorithms, ...jobs].map((each) => each[asyncDispose]()));
      await Promise.all(channels.map((channel) => channel.stop()));
      return [...left, ...(await stopOthers(directory.path))];
    } finally {
      await directory.remove();
    }
  }
}

async function describeRunning(algorithms: readonly Algorithm[]): Promise<string[]> {
  const running = algorithms.filter((algorithm) => algorithm.isRunning);
  const lines = running.map(async (algorithm) => {
    const waits = await algorithm.describeWaits();
    return [`the algorithm ${String(algorithm)}`, ...waits.map((wait) => `  ${wait}`)].join('\n');
  });
  return await Promise.all(lines);
}

function isRunning({ status }: TrainingJob): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

function describeJob({ name, status }: TrainingJob): string {
  return `the training job "${name}", ${status}`;
}

/** Channels that the code under test has made and left. */
async function stopOthers(directory: string): Promise<string[]> {
  const others = openChannels().filter(({ dest }) => dest.startsWith(directory + sep));
  await Promise.all(others.map((channel) => channel.stop()));
  return others.map(({ name, madeAt }) => `the channel "${name}", made ${madeAt}`);
}

function leftRunning(left: readonly string[]): PipeModeError {
  const message = `These were left when the test was over, and were ended:\n${left.join('\n')}`;
  return new PipeModeError('LEFT_RUNNING', `${message}\nWait for what they come to, or stop them.`);
}
