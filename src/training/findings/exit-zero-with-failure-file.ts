import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** A training that has failed, and says so in the wrong place only. */
export const exitZeroWithFailureFile: Look = function* ({ host, exit, failure }) {
  if (exit.code !== 0 || failure === undefined) return;
  yield {
    id: 'exit-0-with-failure-file',
    seen: `On ${host} the algorithm wrote output/failure and ended with exit code 0.`,
    rule: 'The exit code alone decides: with 0 the job is Completed, and the failure file is not looked at. End with another one.',
    documentation: DOCUMENTATION.exitCode,
  };
};
