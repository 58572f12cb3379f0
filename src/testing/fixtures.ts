import { Harness } from './harness.js';

/** What a test is given. */
export interface HarnessFixtures {
  /** A harness of the test's own. */
  harness: Harness;
}

/** How long before Vitest the harness gives up, in milliseconds; but after half of the time at least. */
const MARGIN_MS = 1000;

/**
 * Fixtures for Vitest's `test.extend`: every test that names `harness` gets one of its own, also if several run at once. Its
 * time is that of the test, less a second.
 *
 * @example
 * ```ts
 * import { fixtures, type HarnessFixtures } from 'sagemaker-pipe-mode/testing';
 * import { expect, test as base } from 'vitest';
 *
 * const test = base.extend<HarnessFixtures>(fixtures);
 *
 * test('counts the lines of an epoch', async ({ harness }) => {
 *   await harness.startChannel({ name: 'training', source: [{ key: 'a.csv', body: '1,2\n3,4\n' }] });
 *   const { stdout } = await harness.runAlgorithm(['sh', '-c', 'wc -l < "$0/training_0"', harness.dest]);
 *   expect(Number(stdout)).toBe(2);
 * });
 * ```
 */
export const fixtures: {
  /** Makes a harness for a test, and ends it. */
  harness: (context: { readonly task: object }, use: (harness: Harness) => Promise<void>) => Promise<void>;
} = {
  harness: async ({ task }, use) => {
    const harness = new Harness({ timeoutMs: harnessTime(task) });
    await use(harness);
    await harness.end();
  },
};

/** In Vitest, 0 is no limit. */
function harnessTime(task: { readonly timeout?: unknown }): number | undefined {
  const { timeout } = task;
  if (typeof timeout !== 'number') return undefined;
  return timeout === 0 ? Infinity : Math.max(timeout - MARGIN_MS, timeout / 2);
}
