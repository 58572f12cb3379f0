// Training jobs of the library in a process of its own: see `Jobs`, the other end.
import { readFile } from 'node:fs/promises';

import { createChannel } from 'sagemaker-pipe-mode';
import { runTrainingJob, startTrainingJob } from 'sagemaker-pipe-mode/training';

import { fail, serve } from './serve.mjs';

/**
 * @typedef {import('sagemaker-pipe-mode').Channel} Channel
 * @typedef {import('sagemaker-pipe-mode/training').TrainingJobOptions} TrainingJobOptions
 * @typedef {import('../jobs.js').ReadPlan} ReadPlan
 * @typedef {import('../jobs.js').LogPlan} LogPlan
 * @typedef {import('../jobs.js').ModelPlan} ModelPlan
 */

/** The machine's monotonic clock, as programs in C see it: in nanoseconds. */
const now = () => Number(process.hrtime.bigint());

/** @type {Channel | undefined} */
let channel;

serve({
  /**
   * From the call to the algorithm's first instruction, in milliseconds: it prints when that was.
   *
   * @param {TrainingJobOptions} options
   */
  async startTime(options) {
    const called = now();
    const result = await runTrainingJob({}, options);
    const [began] = await linesIn(result.logFile);
    await result[Symbol.asyncDispose]();
    return (Number(began) - called) / 1e6;
  },

  /**
   * From the first call until all jobs have finished, in milliseconds.
   *
   * @param {{ count: number; options: TrainingJobOptions }} input
   */
  async atOnce({ count, options }) {
    const called = now();
    const jobs = Array.from({ length: count }, () => runTrainingJob({}, options));
    const results = await Promise.all(jobs);
    const ms = (now() - called) / 1e6;
    await Promise.all(results.map((result) => result[Symbol.asyncDispose]()));
    return ms;
  },

  /**
   * What a reader has seen of its channel that is the algorithm of a job.
   *
   * @param {ReadPlan} plan
   */
  async readInJob({ source, command, args }) {
    const result = await runTrainingJob(
      { AlgorithmSpecification: { TrainingInputMode: 'Pipe', ContainerArguments: args } },
      { command, channels: { channel: { source } } },
    );
    const lines = await linesIn(result.logFile);
    await result[Symbol.asyncDispose]();
    return lines.map((line) => JSON.parse(line));
  },

  /**
   * The same channel without a job.
   *
   * @param {{ source: string; dest: string }} input
   */
  async startChannel({ source, dest }) {
    channel = createChannel({ name: 'channel', source, dest });
    channel.finished().catch(fail);
    await channel.start();
  },

  async stopChannel() {
    await channel?.stop();
  },

  /**
   * From the algorithm's first instruction, which its first line tells, until its last line is in the log and the metric in
   * it was reported, in milliseconds.
   *
   * @param {LogPlan} plan
   */
  async logTime({ command, count, regex }) {
    const MetricDefinitions = [{ Name: 'metric', Regex: regex }];
    const job = startTrainingJob(
      { AlgorithmSpecification: { TrainingInputMode: 'File', MetricDefinitions } },
      { command },
    );
    let [found, ended] = [0, 0];
    job.on('metric', () => {
      if (++found === count) ended = now();
    });
    const { logFile } = await job.finished();
    const [began, ...lines] = await linesIn(logFile);
    await job[Symbol.asyncDispose]();
    if (found !== count || lines.length !== count)
      throw new Error(`${found} metrics in ${lines.length} lines were found instead of ${count}`);
    return (ended - Number(began)) / 1e6;
  },

  /**
   * How long it takes to write the model of a job, in milliseconds. The algorithm makes hard links of a directory's files,
   * which cost nothing, and which take a job without mounts of its own.
   *
   * @param {ModelPlan} plan
   */
  async modelTime({ model, destination }) {
    const script = 'cp -rl "$1/." "$SAGEMAKER_BASE_DIR/model"';
    const job = startTrainingJob(
      { OutputDataConfig: { S3OutputPath: destination } },
      { command: ['sh', '-c', script, 'sh', model], isolation: 'none' },
    );
    let began = 0;
    job.on('status', ({ secondaryStatus }) => {
      if (secondaryStatus === 'Uploading') began = now();
    });
    const { uploaded } = await job.finished();
    const ms = (now() - began) / 1e6;
    await job[Symbol.asyncDispose]();
    return { ms, path: uploaded.model };
  },

  stop: () => undefined,
});

/**
 * What an algorithm has written, line by line.
 *
 * @param {string} logFile
 */
async function linesIn(logFile) {
  const text = await readFile(logFile, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\S+ stdout F /, ''));
}
