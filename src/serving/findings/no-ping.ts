import { PORT } from '../serving-errors.js';
import { DOCUMENTATION } from './documentation.js';
import type { InstanceEvidence, Look } from './evidence.js';
import { isOnLocalhostOnly } from './listens-on-localhost.js';

/** Another port, another path, or no such thing. One that does not answer in time is slow. */
export const noPing: Look = function* (evidence) {
  const { instance, lateStart } = evidence;
  if (lateStart === undefined || lateStart.lastPing.kind === 'late' || isOnLocalhostOnly(evidence)) return;
  yield {
    id: 'no-ping',
    seen: `On ${instance} nobody answered /ping with 200 within ${lateStart.ms / 1000} s. ${whyNot(evidence)}`,
    rule: `A server listens to port ${PORT}, and answers GET /ping with status 200 as soon as it can serve. Without that the endpoint does not come up.`,
    documentation: DOCUMENTATION.ping,
  };
};

function whyNot({ lateStart, listeners }: InstanceEvidence): string {
  const ports = [...new Set(listeners.map(({ port }) => port))];
  if (ports.length > 0 && !ports.includes(PORT)) return `The server listened to port ${ports.join(', ')}.`;
  return `The last time: ${lateStart!.lastPing.text}.`;
}
