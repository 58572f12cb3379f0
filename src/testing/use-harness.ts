import { Harness, type HarnessOptions } from './harness.js';

/**
 * Makes a harness for one test, which ends with its block.
 *
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 *
 * @example
 * ```ts
 * import { createHarness } from 'sagemaker-pipe-mode/testing';
 *
 * await using harness = createHarness();
 * const training = await harness.startChannel({ name: 'training', source: './data/training', epochs: 2 });
 * await harness.runAlgorithm(['sh', '-c', 'cat training_0 training_1'], { cwd: harness.dest });
 * console.log(training.outcomes); // [ 'complete', 'complete' ]
 * ```
 */
export function createHarness(options?: HarnessOptions): Harness {
  return new Harness(options);
}

/**
 * Makes a harness for all tests of a file, one after the other: what a test has begun ends with it, and a test that leaves
 * an algorithm, a job or a channel running fails.
 *
 * @param afterEach - That of Jest, Vitest or node:test.
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { afterEach, test } from 'node:test';
 *
 * import { useHarness } from 'sagemaker-pipe-mode/testing';
 *
 * const harness = useHarness(afterEach);
 *
 * test('counts the lines of an epoch', async () => {
 *   const { dest, startChannel, runAlgorithm } = harness;
 *   await startChannel({ name: 'training', source: [{ key: 'a.csv', body: '1,2\n3,4\n' }] });
 *   const { stdout } = await runAlgorithm(['sh', '-c', 'wc -l < "$0/training_0"', dest]);
 *   assert.equal(Number(stdout), 2);
 * });
 * ```
 */
export function useHarness(
  afterEach: (hook: () => Promise<void>) => unknown,
  options?: HarnessOptions,
): Harness {
  const harness = new Harness(options);
  afterEach(() => harness.end());
  return harness;
}
