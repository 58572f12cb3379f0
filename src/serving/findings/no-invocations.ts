import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** `/predict`, as in the tutorials. */
export const noInvocations: Look = function* ({ instance, answers: { all, notFound } }) {
  if (notFound === 0 || notFound < all) return;
  yield {
    id: 'no-invocations',
    seen: `On ${instance} POST /invocations was answered with 404 or 405 each time, ${notFound} in all.`,
    rule: 'A server answers /ping, and POST requests to /invocations. It is asked nothing else.',
    documentation: DOCUMENTATION.requests,
  };
};

/** Whether an answer says that there is no such path, or no such method. */
export function saysNotThere(status: number): boolean {
  return status === 404 || status === 405;
}
