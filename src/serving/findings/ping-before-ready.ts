import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** A server in front of one that still loads its model, say. */
export const pingBeforeReady: Look = function* ({ instance, earlyFailure }) {
  if (earlyFailure === undefined) return;
  const { afterMs, what } = earlyFailure;
  yield {
    id: 'ping-before-ready',
    seen: `On ${instance} /ping answered 200, and the first invocation, ${Math.round(afterMs)} ms later, ${what}.`,
    rule: 'A 200 to /ping says that the container can serve: invocations come at once. Answer 503, say, until the model is loaded.',
    documentation: DOCUMENTATION.ping,
  };
};

/** How long after a ping that said 200 an invocation comes early, in milliseconds. */
const EARLY_MS = 30_000;

export function isEarly(afterMs: number): boolean {
  return afterMs <= EARLY_MS;
}

/** Whether an answer says that the server cannot serve yet. Of other errors nobody knows whose fault they are. */
export function saysNotReady(status: number): boolean {
  return [502, 503, 504].includes(status);
}
