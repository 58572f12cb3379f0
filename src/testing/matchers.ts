import type { Finding } from '../findings/finding.js';
import { expected } from '../options/expected.js';
import type { TestChannel } from './test-channel.js';

/** What a matcher answers. */
export interface MatcherResult {
  /** Whether the value is as it should be. */
  readonly pass: boolean;
  /** What to say if that is not what was asked for. */
  readonly message: () => string;
}

/** The matchers, as `expect` has them, for declaring them to the compiler. `R` is what `expect` says that they return. */
export interface PipeModeMatchers<R = void> {
  /** Of a {@link TestChannel}: so many epochs were sent to their end. Those that their readers have closed early do not count. */
  toHaveCompletedEpochs(count: number): R;
  /** Of the result of a training job, an endpoint, or the error of one of them: nothing was found. */
  toHaveNoFindings(): R;
}

/**
 * Matchers for `expect.extend` of Vitest and Jest.
 *
 * @example In Vitest
 * ```ts
 * import { fixtures, type HarnessFixtures, matchers, type PipeModeMatchers } from 'sagemaker-pipe-mode/testing';
 * import { expect, test as base } from 'vitest';
 *
 * declare module 'vitest' {
 *   interface Matchers<T> extends PipeModeMatchers<T> {}
 * }
 * expect.extend(matchers);
 *
 * base.extend<HarnessFixtures>(fixtures)('reads everything twice', async ({ harness }) => {
 *   const training = await harness.startChannel({ name: 'training', source: [{ key: 'a', body: 'x' }] });
 *   await training.readEpochs(2);
 *   expect(training).toHaveCompletedEpochs(2);
 * });
 * ```
 */
export const matchers = {
  /** @see {@link PipeModeMatchers.toHaveCompletedEpochs} */
  toHaveCompletedEpochs(received: unknown, count: number): MatcherResult {
    const { name, ended } = channelOf(received);
    const completed = ended.filter(({ outcome }) => outcome === 'complete').length;
    const pass = completed === count;
    const list = ended.map(
      ({ epoch, outcome, objects, bytes }) =>
        `\n  ${name}_${epoch}: ${outcome}, ${objects} objects, ${bytes} bytes`,
    );
    const wanted = `Expected channel "${name}" ${pass ? 'not ' : ''}to have completed ${count} epochs`;
    return {
      pass,
      message: () => `${wanted}, but it has completed ${completed}:${list.join('') || ' none is over'}`,
    };
  },

  /** @see {@link PipeModeMatchers.toHaveNoFindings} */
  toHaveNoFindings(received: unknown): MatcherResult {
    const findings = findingsOf(received);
    if (findings.length === 0) return { pass: true, message: () => 'Expected findings, but there are none.' };
    const list = findings.map(
      ({ id, seen, rule, documentation }) => `\n- ${id}: ${seen}\n  ${rule}\n  ${documentation}`,
    );
    return { pass: false, message: () => `Expected no findings, but there are:${list.join('')}` };
  },
};

/** Not by its class, of which there are several if the package was loaded as CommonJS too. */
function channelOf(received: unknown): TestChannel {
  const channel = received as Partial<TestChannel> | null | undefined;
  if (Array.isArray(channel?.ended)) return channel as TestChannel;
  const advice = 'Other channels do not remember their epochs.';
  throw expected('expect()', 'given a channel of `harness.startChannel()`', received, { advice });
}

/** An endpoint is asked for them: more may come. */
function findingsOf(received: unknown): readonly Finding[] {
  const { findings } = (received ?? {}) as { readonly findings?: unknown };
  const list: unknown = typeof findings === 'function' ? findings.call(received) : findings;
  if (Array.isArray(list)) return list as readonly Finding[];
  throw expected(
    'expect()',
    'given the result of a training job, an endpoint, or the error of one',
    received,
  );
}
