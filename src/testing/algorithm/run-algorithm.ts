import { asyncDispose } from '../../disposal.js';
import { processRunner } from '../../runner/process-runner.js';
import { Algorithm } from './algorithm.js';
import { type AlgorithmOptions, readAlgorithmOptions } from './options.js';
import type { AlgorithmResult } from './result.js';

/**
 * Starts an algorithm without a job around it: a process of this machine beside channels. It has a process group of its own,
 * or a namespace, and whatever becomes of this process, nothing of it is left.
 *
 * @param command - The program and its arguments. There is no shell between, unless it is the program.
 * @param options - Where its channels are, and how it is run.
 * @returns the algorithm, when it runs
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `PROGRAM_NOT_FOUND`, `PROGRAM_NOT_EXECUTABLE`,
 * `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `TOO_MANY_OPEN_FILES`, `ABORTED`
 *
 * @example What an algorithm does when it is stopped
 * ```ts
 * import { startAlgorithm } from 'sagemaker-pipe-mode/testing';
 *
 * const script = 'trap "echo saved; exit 0" TERM; echo ready; while :; do sleep 0.1; done';
 * await using algorithm = await startAlgorithm(['sh', '-c', script], { dest: './ml/input/data' });
 * while (algorithm.stdout !== 'ready') await new Promise((resolve) => setTimeout(resolve, 10));
 * await algorithm.stop();
 * console.log(algorithm.stdout); // ready, saved
 * ```
 */
export async function startAlgorithm(
  command: readonly string[],
  options: AlgorithmOptions,
): Promise<Algorithm> {
  const resolved = readAlgorithmOptions(options);
  const { directory, dest, cwd, env, isolation, output, signal } = resolved;
  const runner = processRunner({ isolation, output });
  const data = isolation === 'none' ? dest : undefined;
  const prepared = await runner.prepare({ directory, command, env, cwd, ...(data && { data }) });
  return new Algorithm(command, await prepared.start({ signal }), resolved);
}

/**
 * Runs an algorithm to its end, as {@link startAlgorithm} starts it.
 *
 * @returns how it has ended: with exit code 0
 * @throws {@link AlgorithmError} `ALGORITHM_FAILED`, `ALGORITHM_TIMED_OUT`, `ABORTED`; {@link PipeModeError} what
 * {@link startAlgorithm} throws
 *
 * @example
 * ```ts
 * import { createChannel } from 'sagemaker-pipe-mode';
 * import { runAlgorithm } from 'sagemaker-pipe-mode/testing';
 *
 * const dest = './ml/input/data';
 * await using channel = createChannel({ name: 'training', source: './data/training', dest });
 * await channel.start();
 * const { stdout } = await runAlgorithm(['sh', '-c', 'wc -l < training_0'], { dest, cwd: dest, channels: [channel] });
 * console.log(`${stdout} lines`);
 * ```
 */
export async function runAlgorithm(
  command: readonly string[],
  options: AlgorithmOptions,
): Promise<AlgorithmResult> {
  const algorithm = await startAlgorithm(command, options);
  try {
    return await algorithm.finished();
  } finally {
    await algorithm[asyncDispose]();
  }
}
