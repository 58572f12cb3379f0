import { sigtermIgnored, sigtermNotPassedOn } from '../../findings/sigterm.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** How it has taken it that it was stopped. */
export const sigterm: Look = function* ({ host, exit, endedByItself, ignoredSigtermMs, stopped }) {
  if (endedByItself) return;
  const stop = {
    exit,
    ignoredSigtermMs,
    stopped,
    where: `On ${host}`,
    what: 'the algorithm',
    grant: 'A job that is stopped gets SIGTERM and 120 seconds to save its model.',
    documentation: DOCUMENTATION.container,
  };
  yield* sigtermIgnored(stop);
  yield* sigtermNotPassedOn(stop);
};
