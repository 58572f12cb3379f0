import { PORT } from '../serving-errors.js';
import { DOCUMENTATION } from './documentation.js';
import type { InstanceEvidence, Look } from './evidence.js';

/** What development servers do unless they are told otherwise. */
export const listensOnLocalhost: Look = function* (evidence) {
  if (!isOnLocalhostOnly(evidence)) return;
  yield {
    id: 'listens-on-localhost',
    seen: `On ${evidence.instance} the server listened to port ${PORT} of 127.0.0.1 only.`,
    rule: `SageMaker asks from outside of the container: listen to port ${PORT} of 0.0.0.0.`,
    documentation: DOCUMENTATION.requests,
  };
};

export function isOnLocalhostOnly({ listeners }: InstanceEvidence): boolean {
  const onPort = listeners.filter(({ port }) => port === PORT);
  return onPort.length > 0 && onPort.every(({ isLocalhost }) => isLocalhost);
}
