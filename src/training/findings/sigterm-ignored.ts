import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';
import { programBehindShell } from './sigterm-not-passed-on.js';

/** A program that is PID 1 and has no handler ignores it. */
export const sigtermIgnored: Look = function* (evidence) {
  const { host, ignoredSigtermMs } = evidence;
  if (ignoredSigtermMs === undefined || programBehindShell(evidence) !== undefined) return;
  yield {
    id: 'sigterm-ignored',
    seen: `On ${host} the algorithm still ran ${ignoredSigtermMs / 1000} s after SIGTERM, and was killed.`,
    rule:
      'A job that is stopped gets SIGTERM and 120 seconds to save its model. In a container it is process 1, which ignores ' +
      'SIGTERM without a handler of its own: handle it.',
    documentation: DOCUMENTATION.container,
  };
};
