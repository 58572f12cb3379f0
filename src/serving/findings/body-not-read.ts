import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** A server that takes the first piece of a payload for all of it. */
export const bodyNotRead: Look = function* ({ instance, earlyAnswer }) {
  if (earlyAnswer === undefined) return;
  const { sent, length } = earlyAnswer;
  const of = length === undefined ? ', and there was more to come' : ` of ${length}`;
  yield {
    id: 'body-not-read',
    seen: `On ${instance} an invocation was answered with success when ${sent} bytes of its payload had been sent${of}.`,
    rule: 'A payload comes in pieces, as the network has them. Read as many bytes as Content-Length says, then answer.',
    documentation: DOCUMENTATION.requests,
  };
};
