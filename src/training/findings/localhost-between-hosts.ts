import { DOCUMENTATION } from './documentation.js';
import type { JobLook } from './finding.js';

/** Works here only, where all hosts are one machine. */
export const localhostBetweenHosts: JobLook = function* ({ byLocalhost }) {
  for (const { from, to, port } of byLocalhost) {
    yield {
      id: 'localhost-between-hosts',
      seen: `${from} and ${to} talked to each other by way of localhost, port ${port}.`,
      rule: 'Each host of a job is a machine of its own, and known by its name in resourceconfig.json: connect to that, and listen at the own name, CURRENT_HOST.',
      documentation: DOCUMENTATION.hosts,
    };
  }
};
