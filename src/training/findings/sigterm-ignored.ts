import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** A program that is PID 1 and has no handler ignores it; so does a shell that has started the algorithm. */
export const sigtermIgnored: Look = function* ({ host, ignoredSigtermMs }) {
  if (ignoredSigtermMs === undefined) return;
  yield {
    id: 'sigterm-ignored',
    seen: `On ${host} the algorithm still ran ${ignoredSigtermMs / 1000} s after SIGTERM, and was killed.`,
    rule:
      'A job that is stopped gets SIGTERM and 120 seconds to save its model. In a container it is process 1, which ignores ' +
      'SIGTERM without a handler of its own, and a shell does not pass it on: handle it, and start the algorithm with `exec`.',
    documentation: DOCUMENTATION.container,
  };
};
