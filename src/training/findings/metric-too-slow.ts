import { DOCUMENTATION } from './documentation.js';
import type { JobLook } from './finding.js';

/** Of expressions such as `(a+)+b`, which try every way to divide a line. */
export const metricTooSlow: JobLook = function* ({ metrics }) {
  for (const { name, regex, isTooSlow } of metrics) {
    if (!isTooSlow) continue;
    yield {
      id: 'metric-too-slow',
      seen: `The expression of the metric "${name}", \`${regex}\`, took too long on a few lines, and was given up.`,
      rule: 'Every line of the output is searched. Avoid repetitions in one another, and `.*` at the beginning.',
      documentation: DOCUMENTATION.metrics,
    };
  }
};
