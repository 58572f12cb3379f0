/**
 * What tests of an algorithm need: channels, algorithms and training jobs that end with their test, in Vitest, Jest,
 * node:test and any other test runner.
 *
 * @packageDocumentation
 * @module sagemaker-pipe-mode/testing
 */
export { createHarness, useHarness } from './use-harness.js';
export type { Harness, HarnessOptions } from './harness.js';
export { fixtures, type HarnessFixtures } from './fixtures.js';
export type { TestChannel } from './test-channel.js';
export { runAlgorithm, startAlgorithm } from './algorithm/run-algorithm.js';
export type { Algorithm } from './algorithm/algorithm.js';
export type { AlgorithmOptions } from './algorithm/options.js';
export type { AlgorithmResult } from './algorithm/result.js';
export { AlgorithmError } from './algorithm/algorithm-error.js';
export { collectEpochs, type EpochContent } from './epoch-content.js';
export { type MatcherResult, matchers, type PipeModeMatchers } from './matchers.js';
export type { OutputTarget } from '../runner/output/output.js';
export type { Isolation } from '../runner/process-runner.js';
export type { ProcessInfo, StopOptions } from '../runner/runner.js';
export { PipeModeError, type PipeModeErrorCode, type PipeModeErrorDetails } from '../errors.js';
