import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** Workers that there are not, or a lock around all that they do. */
export const requestsQueue: Look = function* ({ instance, queue }) {
  if (queue === undefined) return;
  yield {
    id: 'requests-queue',
    seen: `On ${instance} the server has ${queue.workers} workers by its environment, and ${queue.seen}.`,
    rule: 'Who waits for others has so much less of the 60 seconds, and pings wait as well. Start as many workers as the environment says.',
    documentation: DOCUMENTATION.requests,
  };
};
