import type { BenchmarkCase } from '../bench.js';
import { withJobs } from '../jobs.js';
import { judged } from '../result.js';
import { summarize } from '../statistics.js';

const JOBS = 20;
const ALL_MS = 250;

/** Jobs that do nothing, from the first call until the last one has finished. */
export const jobsAtOnce: BenchmarkCase = {
  name: `${JOBS} jobs at once`,
  async run({ workspace, rounds, progress }) {
    const times: number[] = [];
    await withJobs({ workspace }, async (jobs) => {
      for (let round = 0; round <= rounds; round++) {
        progress(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
        times.push(await jobs.atOnce(JOBS, { command: ['true'] }));
      }
    });
    return {
      rows: [judged({ case: this.name, unit: 'ms', ours: summarize(times.slice(1)) }, { atMost: ALL_MS })],
    };
  },
};
