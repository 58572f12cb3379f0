import { sigtermIgnored, sigtermNotPassedOn } from '../../findings/sigterm.js';
import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** How it has taken it that it was stopped. */
export const sigterm: Look = function* ({ instance, stop }) {
  if (stop === undefined) return;
  const evidence = {
    ...stop,
    where: `On ${instance}`,
    what: 'the server',
    grant: 'A server that is stopped gets SIGTERM and 30 seconds to answer what it is busy with.',
    documentation: DOCUMENTATION.container,
  };
  yield* sigtermIgnored(evidence);
  yield* sigtermNotPassedOn(evidence);
};
