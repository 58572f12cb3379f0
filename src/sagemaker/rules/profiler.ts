import { unexpected } from '../problems.js';
import type { RequestRule } from './rule.js';

/** API reference, ProfilerConfig: "Available values are 100, 200, 500, 1000 (1 second), 5000 (5 seconds), and 60000 (1 minute)". */
const INTERVALS = [100, 200, 500, 1000, 5000, 60_000];

export const profilingInterval: RequestRule = function* ({ ProfilerConfig: profiler = {} }) {
  const { ProfilingIntervalInMilliseconds: interval } = profiler;
  if (interval === undefined || INTERVALS.includes(interval)) return;
  yield unexpected(
    'ProfilerConfig.ProfilingIntervalInMilliseconds',
    interval,
    `one of ${INTERVALS.join(', ')}`,
  );
};
