import { DOCUMENTATION } from './documentation.js';
import { hasSucceeded, type JobLook } from './finding.js';

/** A graph that stays empty, and tuning that has nothing to go by. */
export const metricNeverMatched: JobLook = function* (job) {
  if (!hasSucceeded(job)) return;
  for (const { name, regex, count, matches, isTooSlow } of job.metrics) {
    if (count > 0 || isTooSlow) continue;
    const seen =
      matches === 0
        ? 'matched no line'
        : `matched ${matches} lines, and its first group was a number in none of them`;
    yield {
      id: 'metric-never-matched',
      seen: `The expression of the metric "${name}", \`${regex}\`, ${seen}.`,
      rule: 'A metric is the number in the first group of its expression, wherever that matches what the algorithm writes to its output.',
      documentation: DOCUMENTATION.metrics,
    };
  }
};
