import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

const RULE =
  'Callers send what they like. Answer what is no payload with 4xx: a server that ends takes all that it was busy with along.';

/** A body that a server does not expect. */
export const diesOnEmptyBody: Look = function* ({ instance, deadlyBodies: { empty } }) {
  if (empty === undefined) return;
  yield {
    id: 'dies-on-empty-body',
    seen: `On ${instance} the server was given an empty payload, and ${empty}.`,
    rule: RULE,
    documentation: DOCUMENTATION.requests,
  };
};

/** As long as the service allows. */
export const diesOnLargeBody: Look = function* ({ instance, deadlyBodies: { large } }) {
  if (large === undefined) return;
  yield {
    id: 'dies-on-large-body',
    seen: `On ${instance} the server was given the largest payload that is allowed, and ${large}.`,
    rule: `${RULE} 413 is what the others answer.`,
    documentation: DOCUMENTATION.requests,
  };
};
