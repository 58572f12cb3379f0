import type { Finding } from '../../findings/finding.js';
import { findAll } from '../../findings/look.js';
import { acceptIgnored } from './accept-ignored.js';
import { bodyNotRead } from './body-not-read.js';
import { diesOnEmptyBody, diesOnLargeBody } from './deadly-bodies.js';
import { errorWithStatus200 } from './error-with-status-200.js';
import type { InstanceEvidence, Look } from './evidence.js';
import { listensOnLocalhost } from './listens-on-localhost.js';
import { modelWritten } from './model-written.js';
import { noInvocations } from './no-invocations.js';
import { noPing } from './no-ping.js';
import { pingBeforeReady } from './ping-before-ready.js';
import { pingSlow } from './ping-slow.js';
import { requestsQueue } from './requests-queue.js';
import { sigterm } from './sigterm.js';

const LOOKS: readonly Look[] = [
  listensOnLocalhost,
  noPing,
  pingSlow,
  pingBeforeReady,
  noInvocations,
  bodyNotRead,
  acceptIgnored,
  errorWithStatus200,
  diesOnEmptyBody,
  diesOnLargeBody,
  requestsQueue,
  modelWritten,
  sigterm,
];

/** Everything that is to be said of an instance so far. */
export function findIn(instance: InstanceEvidence): readonly Finding[] {
  return findAll(LOOKS, instance);
}
