import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** How much of the time that a ping may take is long already. */
const NEAR = 0.75;

/** A ping behind invocations, or one that asks the model. Of a start only what it has come to counts. */
export const pingSlow: Look = function* ({ instance, pingTimeoutMs, slowPing, lateStart }) {
  const isLate = lateStart?.lastPing.kind === 'late' || slowPing?.isTimeout;
  if (!isLate && slowPing === undefined) return;
  const took = isLate
    ? `was not answered within ${pingTimeoutMs} ms`
    : `took ${Math.round(slowPing!.ms)} ms, of ${pingTimeoutMs}`;
  yield {
    id: 'ping-slow',
    seen: `On ${instance} a /ping ${took}.`,
    rule: 'Each ping has 2 seconds, also while the server computes: give it a thread or a worker of its own, and let it do nothing that takes long.',
    documentation: DOCUMENTATION.ping,
  };
};

/** Whether a ping that was answered took long. */
export function isNearLimit(ms: number, pingTimeoutMs: number): boolean {
  return ms >= pingTimeoutMs * NEAR;
}
